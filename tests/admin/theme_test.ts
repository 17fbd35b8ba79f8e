import assert from "node:assert/strict";
import { createTheme } from "../../admin/theme.ts";

/** A document that came in these colours, and every cookie that was set. */
function documentOf(theme?: string) {
  const dataset: Record<string, string> = theme === undefined ? {} : { theme };
  const cookies: string[] = [];
  const document = {
    documentElement: { dataset },
    set cookie(cookie: string) {
      cookies.push(cookie);
    },
  };
  return { dataset, cookies, document: document as unknown as Parameters<typeof createTheme>[0] };
}

Deno.test("createTheme() takes the colours that the page came in, and sets no cookie for them", () => {
  for (const theme of ["light", "dark"]) {
    const { cookies, document } = documentOf(theme);
    assert.equal(createTheme(document).value, theme);
    assert.deepEqual(cookies, []);
  }
  assert.equal(createTheme(documentOf().document).value, "system");
  assert.equal(createTheme(documentOf("pink").document).value, "system");
});

Deno.test("a chosen theme is shown at once and kept for a year; the system's is kept by forgetting it", () => {
  const { cookies, dataset, document } = documentOf();
  const theme = createTheme(document);
  theme.value = "dark";
  assert.equal(dataset["theme"], "dark");
  theme.value = "system";
  assert.equal("theme" in dataset, false);
  assert.deepEqual(cookies, [
    "seedling_theme=dark; Path=/; SameSite=Strict; Max-Age=31536000",
    "seedling_theme=; Path=/; SameSite=Strict; Max-Age=0",
  ]);
});
