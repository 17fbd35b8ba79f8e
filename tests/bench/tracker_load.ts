// Announces a second over HTTP, beside an empty Hono handler in the same run. Needs wrk.
//
//   deno run -A tests/bench/tracker_load.ts [SECONDS] [ROUNDS]
//
// "new": each announce is a new peer of one of 1,000 swarms, as in the first minutes of a tracker. "again": 50,000 peers that
// announce again and again, as ever after. The load comes from one core, the tracker has the other. The rounds alternate, and
// the best of each are compared: figures of one run only mean something beside each other, and the slower ones tell of
// what else the machine did.

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
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const name of ["empty", "new", "again"]) {
      const rate = await measure(name, seconds);
      best.set(name, Math.max(rate, best.get(name) ?? 0));
      console.log(`${name.padEnd(6)} ${Math.round(rate).toLocaleString("en")} requests/s`);
    }
  }
  const ratio = (name: string) => ((best.get(name) ?? NaN) / (best.get("empty") ?? NaN)).toFixed(2);
  console.log(
    `beside an empty Hono handler: ${ratio("new")} with new peers, ${ratio("again")} with known ones`,
  );
}

async function measure(name: string, seconds: number): Promise<number> {
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename ?? "", "serve", name === "empty" ? "empty" : "tracker"],
    stdout: "piped",
  }).spawn();
  try {
    const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const port = Number((await reader.read()).value);
    reader.releaseLock();
    const load = await new Deno.Command("wrk", {
      args: [
        "-t1",
        "-c32",
        `-d${seconds}s`,
        "-s",
        SCRIPT,
        `http://127.0.0.1:${port}`,
        "--",
        ...(name === "again" ? ["50000"] : []),
      ],
    }).output();
    const text = new TextDecoder().decode(load.stdout);
    if (/Non-2xx/.test(text)) {
      throw new Error(`Cannot measure ${name}: some answers were errors: got ${text}`);
    }
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  } finally {
    server.kill("SIGKILL");
    await server.status;
  }
}
