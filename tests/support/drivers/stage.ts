// The place where one row plays: a temporary folder, ports of its own, the programs it started. When the row is
// over, everything is ended and removed; when it failed, what the programs printed is shown first.

import { beginning, isInterrupted } from "../interruption.ts";
import { type Launch, Program, withTimeout } from "./program.ts";

/** A row that is interrupted may take so long to notice that its programs are gone. */
const ENDING_MS = 5_000;

export interface StageOptions {
  /** The folder in which the stage has its own. Default: the system's for temporary files. */
  parent?: string;
  /** How long its programs may live, if they don't say it themselves. Default: Launch's. */
  limitSeconds?: number;
}

export class Stage {
  readonly folder: string;
  readonly #limitSeconds: number | undefined;
  #cleared: Promise<void> | undefined;
  readonly #programs: Program[] = [];
  readonly #closers: (() => Promise<void>)[] = [];
  /** Settles with what is played here. */
  #play: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, limitSeconds: number | undefined) {
    this.folder = folder;
    this.#limitSeconds = limitSeconds;
  }

  /** Opens a stage for `body` and clears it afterwards, whatever happened. */
  static async run<T>(body: (stage: Stage) => Promise<T>, options: StageOptions = {}): Promise<T> {
    const dir = options.parent === undefined ? {} : { dir: options.parent };
    const hasEnded = beginning(() => stage.#clear());
    // In one go: an interruption in between would leave it behind.
    const folder = Deno.makeTempDirSync({ prefix: "seedling-stage-", ...dir });
    const stage = new Stage(folder, options.limitSeconds);
    try {
      // opentracker gives up its rights and must still be able to enter.
      await Deno.chmod(stage.folder, 0o755);
      const play = body(stage);
      stage.#play = play.catch(() => {});
      return await play;
    } catch (error) {
      await stage.#end();
      if (!isInterrupted()) console.log(stage.#programs.map((program) => program.report()).join("\n"));
      throw error;
    } finally {
      await stage.#clear().then(hasEnded);
    }
  }

  start(launch: Launch): Program {
    if (this.#cleared !== undefined) throw new Error(`Cannot start ${launch.name}: the row is over`);
    const limit = this.#limitSeconds === undefined ? {} : { limitSeconds: this.#limitSeconds };
    const program = new Program({ ...limit, ...launch });
    this.#programs.push(program);
    return program;
  }

  /** All programs that were started here, in their order. */
  get programs(): readonly Program[] {
    return this.#programs;
  }

  /** A new folder inside the stage. */
  async makeFolder(name: string): Promise<string> {
    return await Deno.makeTempDir({ dir: this.folder, prefix: `${name.replaceAll(/[^a-z0-9]+/gi, "-")}-` });
  }

  /** Calls `close` when the row is over and its programs have ended. */
  defer(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  // Once, whoever asks: an interrupted row's own end has to wait for the folder that is being removed.
  #clear(): Promise<void> {
    return this.#cleared ??= this.#endAndRemove();
  }

  async #endAndRemove(): Promise<void> {
    await this.#end();
    // An interrupted row may have been about to make something.
    await withTimeout(this.#play, ENDING_MS);
    await this.#end();
    await Deno.remove(this.folder, { recursive: true });
  }

  async #end(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
    // One that fails keeps no other from its turn: networks outlive the process that made them.
    const failures: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      await close().catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, "Cannot clear the stage");
  }
}
