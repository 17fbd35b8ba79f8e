// A real redis-server (or valkey-server) of a test's own: on a free port of this machine, nothing on the disk.

import { freePort } from "./free_port.ts";
import type { Needed } from "./drivers/needed.ts";
import { findOnPath, output, Program } from "./drivers/program.ts";
import { makeTempDir, type TempDir } from "./temp_dir.ts";

const SERVER = ["redis-server", "valkey-server"].find((name) => findOnPath(name) !== undefined);
const CLI = ["redis-cli", "valkey-cli"].find((name) => findOnPath(name) !== undefined);
/** The server, as a program that a row or a bench needs. */
export const redis: Needed = {
  name: "redis-server",
  install: "apt-get install redis-server",
  async find() {
    if (SERVER === undefined || CLI === undefined) return undefined;
    const text = await output({ name: SERVER, command: [SERVER, "--version"], cwd: "." });
    return / v=(\S+)/.exec(text)?.[1] ?? "unknown";
  },
};

/** A test that ends with an error leaves nobody behind for longer. */
const LIMIT_SECONDS = 120;

/** Why there is none, for the names of tests that need it; undefined if there is one. */
export const noRedis: string | undefined = SERVER !== undefined && CLI !== undefined
  ? undefined
  : "redis-server is not installed: apt-get install redis-server";

/** A server, which may be stopped and started again at the same port. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #dir: TempDir;
  readonly #settings: readonly string[];
  #program: Program;

  private constructor(port: number, dir: TempDir, settings: readonly string[], program: Program) {
    this.port = port;
    this.#dir = dir;
    this.#settings = settings;
    this.#program = program;
  }

  /** `settings`: more of the command line, such as `--requirepass`. */
  static start(...settings: string[]): Promise<RedisServer> {
    return RedisServer.startAt(freePort(), ...settings);
  }

  static async startAt(port: number, ...settings: string[]): Promise<RedisServer> {
    const dir = await makeTempDir();
    return new RedisServer(port, dir, settings, await launch(port, dir, settings));
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** What `redis-cli` answers to a command, arguments as it takes them. */
  async command(...args: string[]): Promise<string> {
    const { code, stderr, stdout } = await new Deno.Command(CLI ?? "", {
      args: ["-p", String(this.port), ...args],
      env: { LC_ALL: "C" },
    }).output();
    const text = new TextDecoder().decode(stdout).trimEnd();
    if (code !== 0) {
      throw new Error(`redis-cli ${args.join(" ")}: ${new TextDecoder().decode(stderr)}${text}`);
    }
    return text;
  }

  /** Ends it; all that it held is gone. */
  async stop(): Promise<void> {
    await this.#program.stop();
  }

  /** Starts it again, empty. */
  async restart(): Promise<void> {
    await this.stop();
    this.#program = await launch(this.port, this.#dir, this.#settings);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#dir[Symbol.asyncDispose]();
  }
}

async function launch(port: number, { path }: TempDir, settings: readonly string[]): Promise<Program> {
  const program = new Program({
    name: "redis-server",
    command: [
      SERVER ?? "",
      ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", path],
      ...settings,
    ],
    cwd: path,
    limitSeconds: LIMIT_SECONDS,
  });
  await program.line("that it is ready", (line) => line.includes("Ready to accept connections"));
  return program;
}
