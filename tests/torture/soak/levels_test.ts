import assert from "node:assert/strict";
import { type Level, LevelSeries, levelsOf } from "./levels.ts";

const MIB = 2 ** 20;
const LEAST = 24 * MIB;

/** Sixty samples, a minute between two. */
function series(level: (minute: number) => Partial<Level>): LevelSeries {
  const made = new LevelSeries();
  for (let minute = 0; minute < 60; minute++) {
    made.add(minute * 60_000, { rssBytes: 100 * MIB, handles: 40, threads: 12, ...level(minute) });
  }
  return made;
}

Deno.test("LevelSeries: what goes up and down, or grew while it warmed up, is no leak", () => {
  const noise = series((minute) => ({
    rssBytes: (100 + 40 * (minute % 2)) * MIB,
    handles: 30 + minute % 20,
  }));
  assert.deepEqual(noise.leaks("it", LEAST), []);
  const warm = series((minute) => ({ rssBytes: Math.min(minute, 25) * 20 * MIB }));
  assert.deepEqual(warm.leaks("it", LEAST), []);
  assert.equal(Math.round(warm.growth("rssBytes")), 0);
});

Deno.test("LevelSeries: what grows by a little each minute is a leak, and is told with its name", () => {
  const memory = series((minute) => ({ rssBytes: (100 + 2 * minute + 10 * (minute % 2)) * MIB }));
  assert.ok(Math.abs(memory.growth("rssBytes") / MIB - 58) < 3);
  assert.match(memory.leaks("the tracker", LEAST).join(), /^memory of the tracker: 5\d\.\d MiB more/);
  assert.match(
    series((minute) => ({ handles: 40 + 3 * minute })).leaks("it", LEAST).join(),
    /^handles of it/,
  );
  assert.match(
    series((minute) => ({ threads: 12 + 2 * minute })).leaks("it", LEAST).join(),
    /^threads of it/,
  );
});

Deno.test("LevelSeries: a few samples tell nothing, and the peak is the most of each", () => {
  const short = new LevelSeries();
  assert.deepEqual(short.peak, { rssBytes: 0, handles: 0, threads: 0 });
  for (const at of [0, 1, 2, 3]) short.add(at, { rssBytes: at * 1000 * MIB, handles: 9 - at, threads: 1 });
  assert.deepEqual(short.leaks("it", LEAST), []);
  assert.deepEqual(short.peak, { rssBytes: 3000 * MIB, handles: 9, threads: 1 });
});

Deno.test({
  name: "levelsOf() tells this process's own, and nothing of one that is not there",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using _file = await Deno.open(new URL(import.meta.url));
    const levels = await levelsOf([Deno.pid, 2 ** 30]);
    const level = levels.get(Deno.pid);
    assert.ok(level !== undefined && level.rssBytes > 10 * MIB && level.handles > 3 && level.threads > 1);
    assert.equal(levels.size, 1);
  },
});
