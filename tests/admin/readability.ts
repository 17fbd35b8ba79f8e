/// <reference lib="dom" />
// Functions that run inside the page and measure what a reader would see.

/** Texts whose contrast with what lies behind them is below WCAG's AA: "ratio text". */
export function findFaintTexts(): string[] {
  // A canvas turns whatever a style sheet may say into bytes.
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("Cannot measure colours: there is no canvas");

  function paint(layers: string[]): number[] {
    if (!context) return [];
    context.fillStyle = "#fff";
    context.fillRect(0, 0, 1, 1);
    for (const layer of layers) {
      context.fillStyle = layer;
      context.fillRect(0, 0, 1, 1);
    }
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }

  function luminance(rgb: number[]): number {
    const [r = 0, g = 0, b = 0] = rgb.map((byte) => {
      const value = byte / 255;
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  const faint: string[] = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const text = texts.currentNode.textContent?.trim();
    if (!element || !text || element.closest(".unseen, .skip, noscript") || !element.checkVisibility()) {
      continue;
    }
    const layers: string[] = [];
    for (let at: Element | null = element; at; at = at.parentElement) {
      layers.unshift(getComputedStyle(at).backgroundColor);
    }
    const style = getComputedStyle(element);
    const behind = luminance(paint(layers));
    const front = luminance(paint([...layers, style.color]));
    const ratio = (Math.max(front, behind) + 0.05) / (Math.min(front, behind) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${text}`);
  }
  return faint;
}

/** How many pixels the page is wider than its window. */
export function sidewaysScroll(): number {
  const { scrollWidth } = document.documentElement;
  return Math.max(0, scrollWidth - globalThis.innerWidth);
}

/** Headings, cells and groups of controls that don't fit into their places, and aren't cut with an ellipsis on purpose. */
export function findOverflowing(): string[] {
  // A group grows with what is in it, out of its own place.
  const placeOf = ({ localName, parentElement }: HTMLElement) => {
    if (localName !== "fieldset" || parentElement === null) return Infinity;
    const { paddingLeft, paddingRight } = getComputedStyle(parentElement);
    return parentElement.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
  };
  return [...document.querySelectorAll<HTMLElement>("h1, h2, th, td, fieldset, .figure")]
    .filter((element) => {
      const { overflowX } = getComputedStyle(element);
      const isCut = element.scrollWidth > element.clientWidth + 1 ||
        element.offsetWidth > placeOf(element) + 1;
      return overflowX === "visible" && element.clientWidth > 0 && isCut;
    })
    .map((element) => `${element.outerHTML.slice(0, 80)}: ${element.scrollWidth} in ${element.clientWidth}`);
}

/** Controls without a name that a screen reader could say. */
export function findNamelessControls(): string[] {
  return [...document.querySelectorAll<HTMLElement>("a, button, input, select, [role=img]")]
    .filter((control) => {
      const labels = control instanceof HTMLInputElement || control instanceof HTMLSelectElement
        ? control.labels
        : null;
      const name = control.getAttribute("aria-label") ??
        [...labels ?? [control]].map((l) => l.textContent).join("");
      return name.trim() === "";
    })
    .map((control) => control.outerHTML.slice(0, 120));
}
