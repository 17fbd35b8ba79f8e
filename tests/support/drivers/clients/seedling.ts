// Our own peer and tracker, by the command lines that ship, as one more driver.

import { join } from "node:path";
import { output } from "../program.ts";
import type { Host } from "../namespaces.ts";
import { freePort } from "../../free_port.ts";
import type { Stage } from "../stage.ts";
import { type ForeignClient, type Job, type RunningClient, seedWith } from "./client.ts";
import type { ForeignTracker } from "../trackers/tracker.ts";

/** The top of the work tree: the command lines' paths and permissions are relative to it. */
export const projectFolder = new URL("../../../../", import.meta.url).pathname;

const { tasks } = JSON.parse(Deno.readTextFileSync(join(projectFolder, "deno.json")));

/** The command line of a task of deno.json: ours are tried and measured as they ship, flags and permissions included. */
export function taskCommand(
  task: "peer" | "create" | "info" | "verify" | "tracker",
  ...args: string[]
): string[] {
  const [, ...words] = (tasks[task].command as string).split(" ");
  return [Deno.execPath(), ...words, ...args];
}

/** Runs one of the peer program's commands and returns what it prints. */
export function runPeerCommand(name: "create" | "info" | "verify", ...args: string[]): Promise<string> {
  return output({ name: `peer ${name}`, command: taskCommand(name, ...args), cwd: projectFolder });
}

/** Where our peer keeps its state, in the folder of its data. */
export const stateFolder = ".state";

async function start(
  job: Job,
  role: string,
  { checkout = projectFolder, flags = [] }: { checkout?: string; flags?: string[] },
): Promise<RunningClient> {
  const path = join(job.folder, job.content.name);
  const program = job.stage.start({
    name: `seedling (${role})`,
    command: [...job.enter, ...taskCommand("peer", String(job.port), job.torrent, path, "--json", ...flags)],
    cwd: checkout,
    env: { SEEDLING_STATE_DIR: join(job.folder, stateFolder) },
    stopSignal: "SIGINT",
  });
  await program.line("started", saysEvent("started"));
  return {
    program,
    complete: async (timeoutMs) => void await program.line("complete", saysEvent("complete"), timeoutMs),
    stop: () => program.stop(),
  };
}

function saysEvent(type: string): (line: string) => boolean {
  // Looked at before it is parsed: there is a line for each piece, and a bench shares its cores with the peers.
  return (line) => line.startsWith("{") && line.includes(`"${type}"`) && JSON.parse(line).type === type;
}

/** The peer of another checkout of this project (two states of it beside each other), or with flags of its own. */
export function seedlingAt(checkout: string, name: string, flags: string[] = []): ForeignClient {
  return {
    name,
    isOurs: true,
    install: "part of this project",
    find: async () => String(JSON.parse(await Deno.readTextFile(join(checkout, "deno.json"))).version),
    seed: (job) => seedWith((job, role) => start(job, role, { checkout, flags }), job),
    leech: (job) => start(job, "leecher", { checkout, flags }),
  };
}

/** Our peer with more flags than `--json`. */
export function seedlingWith(...flags: string[]): ForeignClient {
  return seedlingAt(projectFolder, "seedling", flags);
}

export const seedling = seedlingAt(projectFolder, "seedling");

export const seedlingTracker: ForeignTracker = {
  name: "seedling tracker",
  isOurs: true,
  install: seedling.install,
  find: seedling.find,
  start: (stage) => startTracker(stage),
};

/** The same, for peers in browsers: they announce over WebSockets. */
export const seedlingWebTracker: ForeignTracker = {
  ...seedlingTracker,
  name: "seedling tracker over WebSockets",
  start: async (stage) => (await startTracker(stage)).replace(/^http/, "ws"),
};

/** How our tracker is started. */
export interface TrackerPlan {
  /** A host of a network of its own; loopback without one. */
  host?: Host | undefined;
  args?: readonly string[];
  /** Flags of the runtime beside those of the task. */
  runtime?: readonly string[];
}

/** Starts our tracker and returns its announce URL. */
export async function startTracker(
  stage: Stage,
  { args = [], host, runtime = [] }: TrackerPlan = {},
): Promise<string> {
  const { address, enter } = host ?? { address: "127.0.0.1", enter: [] };
  const port = freePort();
  const task = taskCommand("tracker");
  const command = [...task.slice(0, -1), ...runtime, ...task.slice(-1)];
  const program = stage.start({
    name: "seedling tracker",
    command: [...enter, ...command, "--port", String(port), "--memory", ...args],
    cwd: projectFolder,
  });
  await program.line("its port", (line) => line.includes(`[TRACKER] Using fixed port ${port}`));
  return `http://${address}:${port}/announce`;
}
