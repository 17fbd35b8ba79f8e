import assert from "node:assert/strict";
import { ProgramLog } from "../../tracker/program_log.ts";
import { changesForNextStart, Reload } from "../../tracker/reload.ts";
import { type Settings, SettingsError } from "../../tracker/settings.ts";

/** Keeps what it is told. */
class TestLog extends ProgramLog {
  readonly lines: string[] = [];

  constructor() {
    super("text");
  }

  override info(message: string): void {
    this.lines.push(message);
  }

  override warn(message: string): void {
    this.lines.push(`! ${message}`);
  }
}

Deno.test("changesForNextStart() names what was changed, set or unset, and isn't live", () => {
  const former: Settings = { port: 1, interval: 5, trustProxy: ["::1"], cert: "a", data: "x" };
  const settings: Settings = { port: 1, interval: 6, trustProxy: [], cert: "b", memory: true };
  assert.deepEqual(changesForNextStart(former, settings), ["--data", "--memory", "--cert"]);
  assert.deepEqual(changesForNextStart(former, { ...former }), []);
});

Deno.test("Reload.now() applies what it can, and says once what waits for the next start", () => {
  const log = new TestLog();
  const applied: (number | undefined)[] = [];
  let settings: Settings = { port: 1, interval: 6 };
  const reload = new Reload({
    started: { port: 1, interval: 5 },
    read: () => settings,
    apply: ({ interval }) => applied.push(interval),
    log,
  });
  reload.now();
  settings = { port: 2, host: "::1", interval: 7 };
  reload.now();
  reload.now();
  settings = { port: 1 };
  reload.now();
  assert.deepEqual(applied, [6, 7, 7, undefined]);
  assert.deepEqual(log.lines, [
    "Settings read again",
    "Settings read again",
    "! Cannot change --port, --host while the tracker runs: they count from the next start",
    "Settings read again",
    "Settings read again",
  ]);
});

Deno.test("Reload.now() leaves all as it is where settings can't be used, and lets a bug of ours through", () => {
  const log = new TestLog();
  let error: Error = new SettingsError("Cannot use this");
  const reload = new Reload({ started: {}, read: () => ({}), apply: () => fail(error), log });
  reload.now();
  error = new RangeError("Cannot set that");
  reload.now();
  assert.deepEqual(log.lines, [
    "! Cannot use this. The settings stay as they were",
    "! Cannot set that. The settings stay as they were",
  ]);
  error = new TypeError("ours");
  assert.throws(() => reload.now(), TypeError);
});

function fail(error: Error): never {
  throw error;
}
