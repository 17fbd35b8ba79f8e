// `deno task demo [PATH]`: a whole swarm on this machine, from nothing to identical copies, and nothing left behind.

import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Metainfo, parseMetainfo } from "../../protocol/mod.ts";
import { describe, word } from "../cli/command.ts";
import { runCommand } from "../cli/command_line.ts";
import { CommandError, ExitCode } from "../cli/exit_code.ts";
import { toggle, valued } from "../cli/flags.ts";
import { formatBytes, plural, printable } from "../cli/format.ts";
import { onInterrupt } from "../cli/interrupt.ts";
import { progressLine } from "../cli/reporter.ts";
import { Terminal } from "../cli/terminal.ts";
import { parseCount, parsePort } from "../cli/values.ts";
import { compareCopies } from "./compare.ts";
import { ProgramProcess } from "./program_process.ts";
import { reportLines } from "./report.ts";
import { DemoPeer, startTracker } from "./swarm.ts";

interface DemoOptions {
  keep?: boolean;
  trackerPort: number;
  peerPort: number;
  leechers: number;
}

/** Rows of free ports that are looked for. */
const MOST_TRIES = 100;
const EXAMPLE = new URL("../../admin/pictures/overview.png", import.meta.url);

const DEMO = describe<Partial<DemoOptions>, [string | undefined]>({
  brief: "Shows a whole swarm on this machine: tracker, admin page, one seeder, three leechers.",
  flags: {
    keep: toggle("leave it running, with the admin page, until Ctrl-C"),
    trackerPort: valued(
      "port",
      "port of the tracker and its page (default: 6969; 0: any free one)",
      parsePort,
    ),
    peerPort: valued(
      "port",
      "port of the seeder; leechers take the next (default: 6881; 0: any free ones)",
      parsePort,
    ),
    leechers: valued("number", "how many (default: 3)", parseCount),
  },
  words: {
    kind: "tuple",
    parameters: [{
      ...word("path", "the file or folder to share (default: an example that comes with the project)"),
      optional: true,
    }],
  },
  run: async (said, path) => {
    const options = { trackerPort: 6969, peerPort: 6881, leechers: 3, ...said };
    const code = await demo(resolve(path ?? fileURLToPath(EXAMPLE)), options);
    if (path === undefined && code === ExitCode.complete) {
      console.log("\nThat was a small example. `deno task demo PATH` shares a file or folder of yours.");
    }
    return code;
  },
});

Deno.exitCode = await runCommand(DEMO, { name: "demo" }, Deno.args);

/** Runs it whole. Whatever happens, every process it started is ended and its folder removed. */
async function demo(path: string, said: DemoOptions): Promise<number> {
  requireNumbers(said);
  const options = withFreePorts(said);
  const ports = [
    options.trackerPort,
    ...Array.from({ length: options.leechers + 1 }, (_, i) => options.peerPort + i),
  ];
  requireFree(ports);
  const folder = await Deno.makeTempDir({ prefix: "seedling-demo-" });
  const processes: ProgramProcess[] = [];
  const interrupted = Promise.withResolvers<"interrupted">();
  const signals = onInterrupt(() => interrupted.resolve("interrupted"));
  const terminal = new Terminal();
  try {
    const outcome = await Promise.race([
      run(path, folder, processes, options, terminal),
      interrupted.promise,
    ]);
    if (outcome !== "interrupted" && options.keep) {
      terminal.print(
        `\nStill running: ${outcome.page} shows the swarm. Ctrl-C ends it.`,
      );
      await interrupted.promise;
    }
    return outcome === "interrupted" ? ExitCode.interrupted : ExitCode.complete;
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
    terminal.clear(); // after their last words
    await Deno.remove(folder, { recursive: true });
    signals.stop();
  }
}

async function run(
  path: string,
  folder: string,
  processes: ProgramProcess[],
  options: DemoOptions,
  terminal: Terminal,
): Promise<{ page: string }> {
  const start = <T extends ProgramProcess | { process: ProgramProcess }>(started: T): T => {
    processes.push(started instanceof ProgramProcess ? started : started.process);
    return started;
  };
  const announce = `http://127.0.0.1:${options.trackerPort}/announce`;
  const torrent = join(folder, `${basename(path)}.torrent`);
  await create(path, torrent, announce);
  const metainfo = await parseMetainfo(await Deno.readFile(torrent));
  const { totalLength: size } = metainfo;
  terminal.print(
    `${printable(metainfo.name)}: ${formatBytes(size)} in ${plural(metainfo.layout.pieceCount, "piece")}, ` +
      `info hash ${metainfo.infoHash.hex}`,
  );
  const { page } = start(await startTracker(options.trackerPort, folder));
  terminal.print(`tracker and admin page: ${page}\n`);

  const peers: DemoPeer[] = [];
  const draw = () => terminal.live(...peers.map(peerLine));
  const seeder = start(new DemoPeer("seeder", options.peerPort, torrent, path, draw));
  peers.push(seeder);
  await seeder.completed;
  const startedAt = performance.now();
  for (let i = 1; i <= options.leechers; i++) {
    const copy = join(folder, `leecher-${i}`, metainfo.name);
    peers.push(start(new DemoPeer("leecher", options.peerPort + i, torrent, copy, draw)));
  }
  const leechers = peers.slice(1);
  const seconds = await Promise.all(leechers.map(async (leecher) => {
    const taken = await leecher.completed;
    if (!terminal.isLive) terminal.print(`leecher ${leecher.port} is complete after ${taken.toFixed(2)} s`);
    return taken;
  }));
  const wholeSeconds = (performance.now() - startedAt) / 1000;
  await compare(path, metainfo, leechers);
  // What went between two peers is known when their connection ends: two that have everything part by themselves.
  if (options.keep) await untilParted(peers);
  else await Promise.all(peers.map((peer) => peer.process.stop()));
  if (!options.keep) terminal.clear();
  for (const line of reportLines(peers, seconds, wholeSeconds, size)) terminal.print(line);
  return { page };
}

/** Waits a little for every connection to end; whose doesn't is missing in the report. */
async function untilParted(peers: DemoPeer[]): Promise<void> {
  for (let tries = 0; tries < 30 && peers.some((peer) => peer.progress?.peers !== 0); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The torrent, by the command that a user would give. */
async function create(path: string, torrent: string, announce: string): Promise<void> {
  const process = new ProgramProcess({
    permissions: "create",
    main: "peer/main.ts",
    args: ["create", path, "-o", torrent, "--announce", announce],
  });
  const code = await process.exited;
  if (code !== ExitCode.complete) throw new CommandError(process.complaints.trim(), code);
}

async function compare(path: string, metainfo: Metainfo, leechers: DemoPeer[]): Promise<void> {
  for (const leecher of leechers) {
    const difference = await compareCopies(metainfo, path, leecher.path);
    if (difference !== undefined) {
      throw new CommandError(`The copy on port ${leecher.port} differs: ${difference}`, ExitCode.bad);
    }
  }
}

function peerLine(peer: DemoPeer): string {
  const name = `${peer.role.padEnd(7)} ${peer.port}`;
  return peer.progress ? progressLine(name, peer.progress) : `${name}  starting`;
}

/** Leechers take the ports after the seeder's. */
function requireNumbers({ leechers, peerPort }: DemoOptions): void {
  const most = 65535 - leechers;
  if (peerPort <= most) return;
  throw new CommandError(
    `Cannot start the demo: ${plural(leechers, "leecher")} would need ports above 65535: ` +
      (most > 0 ? `choose a --peer-port up to ${most}` : "choose fewer with --leechers"),
    ExitCode.input,
  );
}

/** Port 0 is any free one. Which, the torrent and the lines of the peers have to say before anybody listens there. */
function withFreePorts(options: DemoOptions): DemoOptions {
  const { leechers, peerPort } = options;
  const peers = leechers + 1;
  const isPeers = (port: number) => peerPort > 0 && port >= peerPort && port < peerPort + peers;
  const trackerPort = options.trackerPort || freePorts(1, isPeers);
  return { ...options, trackerPort, peerPort: peerPort || freePorts(peers, (port) => port === trackerPort) };
}

/** The first of so many free ports in a row. */
function freePorts(count: number, isSpokenFor: (port: number) => boolean): number {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const listener = Deno.listen({ port: 0, hostname: "0.0.0.0" });
    const first = listener.addr.port;
    listener.close();
    if (first + count - 1 > 65535) continue;
    const row = Array.from({ length: count }, (_, i) => first + i);
    if (!row.some((port) => isSpokenFor(port) || isTaken(port))) return first;
  }
  throw new CommandError(
    `Cannot start the demo: did not find ${plural(count, "free port")} in a row: ` +
      "choose them with --tracker-port and --peer-port, or fewer with --leechers",
    ExitCode.network,
  );
}

function isTaken(port: number): boolean {
  try {
    Deno.listen({ port, hostname: "::" }).close();
    return false;
  } catch (error) {
    // Whatever else is wrong with it, the programs say it better.
    return error instanceof Deno.errors.AddrInUse;
  }
}

/** All that are taken are named at once. */
function requireFree(ports: number[]): void {
  const taken = ports.filter(isTaken);
  if (taken.length === 0) return;
  throw new CommandError(
    `Cannot start the demo: in use: ${taken.map((port) => `port ${port}`).join(", ")}: ` +
      "stop the program that holds it, or choose others with --tracker-port and --peer-port",
    ExitCode.network,
  );
}
