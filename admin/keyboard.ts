// The keys that work all over the page: "/" to search, Escape to go back, Ctrl+Z to take a change back, arrows to walk
// through rows.

/// <reference lib="dom" />

const ROW_LINKS = "[data-row]";

/** What the keys lead to. */
export interface KeyTargets {
  /** Brings the reader to the search field, from wherever they are. */
  search: () => void;
  /** One level up. */
  back: () => void;
  /** What was changed last is as it was. */
  undo: () => void;
}

/** Listens on the document. */
export function listenToKeys(document: Document, targets: KeyTargets): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      const isUndo = event.key.toLowerCase() === "z" && !event.shiftKey;
      if (!isUndo || isTyping(event.target)) return;
      event.preventDefault(); // the browser would take back what was typed last, in a field that isn't looked at
      if (!event.repeat) targets.undo();
      return;
    }
    if (event.key === "Escape" && !isTyping(event.target)) return targets.back();
    if (event.key === "/" && !isTyping(event.target)) {
      event.preventDefault();
      targets.search();
    }
  });
}

/** Moves the focus between the links of a table's rows. Leaves upwards into `above`. */
export function walkRows(event: KeyboardEvent, above: HTMLElement | null): void {
  if (!(event.currentTarget instanceof HTMLElement) || !(event.target instanceof HTMLElement)) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>(ROW_LINKS)];
  const at = links.indexOf(event.target);
  if (at < 0) return;
  const next = {
    ArrowDown: links[at + 1],
    ArrowUp: links[at - 1] ?? above,
  };
  const target = event.key in next ? next[event.key as keyof typeof next] : undefined;
  if (!target) return;
  event.preventDefault();
  target.focus();
}

/** The first row's link inside `root`, if there is one. */
export function firstRow(root: ParentNode): HTMLElement | null {
  return root.querySelector<HTMLElement>(ROW_LINKS);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement &&
    target.closest("input:not([type=radio]), select, textarea") !== null;
}
