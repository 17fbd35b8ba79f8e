/// <reference lib="dom" />
// What axe-core finds on a page. It is put in by the browser's debugger, past the page's CSP; named here and not in deno.json,
// for "deno bundle" installs everything that stands there.

import axe from "npm:axe-core@4.14.1";
import type { Page } from "../support/chromium.ts";

interface Found {
  id: string;
  nodes: { html: string }[];
}

/** Rules that are broken, with the elements that break them. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Found[] }> } };
    return (await axe.run()).violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html }) => ({ html })),
    }));
  });
  return violations.map(({ id, nodes }) =>
    `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`
  );
}
