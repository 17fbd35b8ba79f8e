// A real browser for tests: a Chromium of the machine, else the one that an npm package ships. The packages are named here
// and not in deno.json, for "deno bundle" installs everything that stands there, and users have no need of a browser.

import { isAbsolute, join } from "node:path";
import { type Browser, chromium } from "npm:playwright-core@1.65.1";

export type { Browser, BrowserContext, Page } from "npm:playwright-core@1.65.1";

/** Ships a whole browser, 60 MB: fetched only where it is needed, so not imported statically. */
const PACKAGED = "npm:@sparticuz/chromium@153.0.0";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const MAC_PATHS = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Nothing leaves the machine: no updates, no accounts, no reports. */
const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];

/** A browser that can be started, or why there is none. */
export type FoundChromium = { path: string } | { missing: string };

/** Looks at $CHROMIUM, then along $PATH, then takes the packaged one. */
export async function findChromium(): Promise<FoundChromium> {
  const named = Deno.env.get("CHROMIUM");
  if (named) {
    return await isFile(named) ? { path: named } : { missing: `$CHROMIUM names no file: ${named}` };
  }
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  const candidates = [...folders, "/usr/bin"].filter(isAbsolute)
    .flatMap((folder) => NAMES.map((name) => join(folder, name + suffix)));
  for (const path of [...candidates, ...(Deno.build.os === "darwin" ? MAC_PATHS : [])]) {
    if (await isFile(path)) return { path };
  }
  return await findPackaged();
}

async function findPackaged(): Promise<FoundChromium> {
  const none = "there is no Chromium on this machine (install one, or name it in $CHROMIUM)";
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    return { missing: `${none}, and the packaged one runs on Linux x86_64 only` };
  }
  try {
    const module = await import(PACKAGED) as { default: { executablePath(): Promise<string> } };
    return { path: await module.default.executablePath() };
  } catch (error) {
    return { missing: `${none}, and the packaged one can't be had: ${messageOf(error)}` };
  }
}

/** Starts it without a window. */
export function launchChromium(path: string): Promise<Browser> {
  // Chromium's sandbox refuses to work for root, which tests in containers run as.
  const sandbox = Deno.build.os === "linux" && Deno.uid() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: path, args: [...QUIET, ...sandbox] });
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
