// Announces a second over HTTP, beside an empty Hono handler in the same run. Needs wrk.
//
//   deno run -A tests/bench/tracker_load.ts [SECONDS] [ROUNDS]
//
// The load comes from one core, the tracker has the other. The rounds alternate, and the medians are compared: figures of
// one run only mean something beside each other.

import { Hono } from "hono";
import { createTracker } from "../../tracker/mod.ts";

const SCRIPT = new URL("./tracker_load.lua", import.meta.url).pathname;

if (Deno.args[0] === "serve") await serve(Deno.args[1] ?? "");
else await compare(Number(Deno.args[0] ?? 4), Number(Deno.args[1] ?? 3));

/** The servers run in processes of their own; each prints its port. */
async function serve(which: string): Promise<void> {
  if (which === "tracker") {
    console.log((await createTracker({ port: 0, host: "127.0.0.1" }).start()).port);
    return;
  }
  const app = new Hono();
  app.get("/announce", (c) => c.body(null));
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (r, info) => app.fetch(r, info),
  );
  console.log(server.addr.port);
}

async function compare(seconds: number, rounds: number): Promise<void> {
  const rates: Record<string, number[]> = { empty: [], tracker: [] };
  for (let round = 0; round < rounds; round++) {
    for (const which of ["empty", "tracker"]) {
      const rate = await measure(which, seconds);
      rates[which]?.push(rate);
      console.log(`${which.padEnd(8)} ${Math.round(rate).toLocaleString("en")} requests/s`);
    }
  }
  const [empty, tracker] = [median(rates["empty"] ?? []), median(rates["tracker"] ?? [])];
  console.log(`tracker / empty Hono handler: ${(tracker / empty).toFixed(2)}`);
}

async function measure(which: string, seconds: number): Promise<number> {
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename ?? "", "serve", which],
    stdout: "piped",
  }).spawn();
  try {
    const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const port = Number((await reader.read()).value);
    reader.releaseLock();
    const load = await new Deno.Command("wrk", {
      args: ["-t1", "-c32", `-d${seconds}s`, "-s", SCRIPT, `http://127.0.0.1:${port}`],
    }).output();
    const text = new TextDecoder().decode(load.stdout);
    if (/Non-2xx/.test(text)) {
      throw new Error(`Cannot measure ${which}: some answers were errors: got ${text}`);
    }
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  } finally {
    server.kill("SIGKILL");
    await server.status;
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
