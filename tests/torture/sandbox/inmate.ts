// A program that has turned against its user: tries everything that a program may want to do, and prints what it was let.
// Arguments: a file outside of what it was given, the port of somebody who listens on 127.0.0.1.

const [outside = "", port = ""] = Deno.args;
const here = new URL("../../../README.md", import.meta.url);

const ATTEMPTS: Record<string, () => unknown> = {
  "read a file outside": () => Deno.readTextFileSync(outside),
  "list a folder outside": () => [...Deno.readDirSync("/etc")],
  "write a file outside": () => Deno.openSync(outside, { append: true }).close(),
  "write to the program itself": () => Deno.openSync(here, { append: true }).close(),
  "remove a file outside": () => Deno.removeSync(`${outside}.none`),
  "run a program": () => new Deno.Command("true", { stdout: "null", stderr: "null" }).outputSync(),
  "load a library": () => Deno.dlopen("libc.so.6", {}).close(),
  "read the environment": () => Deno.env.get("PATH"),
  "read all of the environment": () => Deno.env.toObject(),
  "read a setting": () => Deno.env.get("SEEDLING_TRACKER_PORT"),
  "ask for the machine's name": () => Deno.hostname(),
  "ask for the network's interfaces": () => Deno.networkInterfaces(),
  "call an address": async () => (await Deno.connect({ hostname: "127.0.0.1", port: Number(port) })).close(),
  "look a name up": async () =>
    await Deno.resolveDns("localhost", "A", { nameServer: { ipAddr: "127.0.0.1", port: 9 } }),
  "listen": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
  "load code from elsewhere": async () => await import(`http://127.0.0.1:${port}/code.ts`),
};

/** Errors that say no; any other one means that it was tried. */
const NO = new Set(["NotCapable", "PermissionDenied"]);

const denied: string[] = [];
for (const [name, attempt] of Object.entries(ATTEMPTS)) {
  try {
    await attempt();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (NO.has(error.name) || /Requires (net|import) access/.test(error.message)) denied.push(name);
  }
}
console.log(
  JSON.stringify({ denied, allowed: Object.keys(ATTEMPTS).filter((name) => !denied.includes(name)) }),
);
