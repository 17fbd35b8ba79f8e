import assert from "node:assert/strict";
import { type Look, WriteWatch } from "../../../peer/storage/write_watch.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const LONG_AGO = 1_600_000_000_000;

/** A test by a clock that only it sets: how long the machine takes must not look like another program's doing. */
function test(name: string, body: (clock: FakeClock) => void): void {
  Deno.test(name, () => {
    const real = Date.now;
    const clock = new FakeClock(real());
    Date.now = clock.read;
    try {
      body(clock);
    } finally {
      Date.now = real;
    }
  });
}

/** A file whose time is set by whoever writes, and the watch over it as two threads have it. */
function watched() {
  const watch = new WriteWatch(3);
  const file: Look = { length: 1000, modifiedMs: LONG_AGO, inode: 7 };
  const look = () => ({ ...file });
  const write = (by: WriteWatch, during = () => {}) =>
    by.write(1, {
      look,
      write() {
        file.modifiedMs = Date.now();
        during();
      },
    });
  /** A look of its own, as from outside. */
  const notice = (by: WriteWatch, seen = look()) => by.notice(1, seen, by.seenMs(1));
  watch.start(Date.now());
  return { file, look, notice, watch, other: new WriteWatch(3, watch.memory), write };
}

test("WriteWatch: our own writes, from any thread, are no other program's", () => {
  const { notice, other, watch, write } = watched();
  for (const thread of [watch, watch, other, watch, other]) write(thread);
  notice(watch);
  assert.deepEqual(watch.foreign, []);
});

test("WriteWatch: a write after our last one is seen by the next, by whatever thread, and by a look", (clock) => {
  for (const sees of ["write", "look"] as const) {
    const { file, notice, other, watch, write } = watched();
    write(watch);
    file.modifiedMs = Date.now() + 5;
    clock.advance(1);
    if (sees === "write") write(other);
    else notice(other);
    assert.deepEqual(watch.foreign, [1], sees);
    write(watch);
    assert.ok(watch.isForeign(1), "it stays so");
  }
});

test("WriteWatch: a file that was written to between the check and our first write", (clock) => {
  const { file, watch, write } = watched();
  file.modifiedMs = Date.now() + 5;
  clock.advance(1);
  write(watch);
  assert.deepEqual(watch.foreign, [1]);
});

test("WriteWatch: nothing is said while a write of ours is under way", () => {
  const { look, notice, other, watch, write } = watched();
  write(watch);
  write(watch, () => notice(other, { ...look(), modifiedMs: Date.now() + 5 }));
  assert.deepEqual(watch.foreign, []);
});

test("WriteWatch: another file under the same name is another's, also with an older time", () => {
  const { file, notice, watch, write } = watched();
  write(watch);
  Object.assign(file, { inode: 8, modifiedMs: LONG_AGO });
  notice(watch);
  assert.deepEqual(watch.foreign, [1]);
});

test("WriteWatch: a file that has become older holds what another has put there, even if it is the same file", (clock) => {
  for (const isWritten of [true, false]) {
    const { file, notice, other, watch, write } = watched();
    notice(watch);
    clock.advance(1);
    if (isWritten) write(other);
    notice(watch);
    assert.deepEqual(watch.foreign, []);
    file.modifiedMs = LONG_AGO - 1;
    notice(watch);
    assert.deepEqual(watch.foreign, [1]);
  }
});

test("WriteWatch: a look that comes late tells of no other program: what it has seen was so before our write", (clock) => {
  const { look, notice, other, watch, write } = watched();
  write(watch);
  clock.advance(5_000);
  const seenMs = watch.seenMs(1);
  const late = look();
  write(other);
  notice(other);
  watch.notice(1, late, seenMs);
  assert.deepEqual(watch.foreign, []);
});

test("WriteWatch: where times are kept in whole seconds, what we write may seem older later", (clock) => {
  for (const lost of [2_000, 2_001]) {
    const { file, notice, watch, write } = watched();
    write(watch);
    clock.advance(1);
    notice(watch);
    file.modifiedMs -= lost;
    notice(watch);
    assert.deepEqual(watch.foreign, lost > 2_000 ? [1] : []);
  }
});

test("WriteWatch: a clock that is set back makes no file another's", (clock) => {
  const { notice, watch, write } = watched();
  write(watch);
  notice(watch);
  clock.advance(-60_000);
  write(watch);
  notice(watch);
  clock.advance(61_000);
  notice(watch);
  write(watch);
  assert.deepEqual(watch.foreign, []);
});

test("WriteWatch: a file that has become shorter is another's doing, in whatever moment; one that grows need not be", (clock) => {
  const { file, watch, write } = watched();
  write(watch);
  file.length = 2000;
  clock.advance(1);
  write(watch);
  assert.deepEqual(watch.foreign, []);
  file.length = 1999;
  clock.advance(1);
  write(watch);
  assert.deepEqual(watch.foreign, [1]);
});

test("WriteWatch: a write of ours that had to wait for the file hides what was done meanwhile, one that is only slow doesn't", (clock) => {
  for (const hasWaited of [true, false]) {
    const { file, look, watch, write } = watched();
    write(watch);
    const slow = () => {
      if (!hasWaited) file.modifiedMs = clock.now;
      clock.advance(25);
      if (hasWaited) file.modifiedMs = clock.now;
    };
    watch.write(1, { look, write: slow });
    assert.deepEqual(watch.foreign, hasWaited ? [1] : []);
  }
});

test("WriteWatch: a write that waited for a processor is not one that waited for the file", (clock) => {
  const { file, look, watch, write } = watched();
  write(watch);
  watch.write(1, { look, write: () => file.modifiedMs = clock.advance(20) });
  assert.deepEqual(watch.foreign, []);
});

test("WriteWatch: where threads wait long for a processor, a write may begin twice as late", (clock) => {
  for (const waited of [80, 81]) {
    const { file, look, watch, write } = watched();
    write(watch);
    watch.write(1, { look, write: () => file.modifiedMs = clock.advance(waited), processorMs: 40 });
    assert.deepEqual(watch.foreign, waited > 80 ? [1] : []);
  }
});

test("WriteWatch: a look that was kept waiting is taken again, and sees what was done meanwhile", (clock) => {
  for (const isMeddled of [true, false]) {
    const { file, look, watch, write } = watched();
    write(watch);
    clock.advance(1);
    let looks = 0;
    const waiting = () => {
      const seen = look();
      if (++looks > 1) return seen;
      clock.advance(15);
      if (isMeddled) file.modifiedMs = clock.now;
      clock.advance(15);
      return seen;
    };
    watch.write(1, { look: waiting, write: () => file.modifiedMs = clock.now });
    assert.equal(looks, 2);
    assert.deepEqual(watch.foreign, isMeddled ? [1] : []);
  }
});

test("WriteWatch: however long looks take, a write comes after a few of them", (clock) => {
  const { file, look, watch, write } = watched();
  write(watch);
  clock.advance(1);
  let looks = 0;
  const slow = () => {
    looks++;
    clock.advance(50);
    return look();
  };
  watch.write(1, { look: slow, write: () => file.modifiedMs = clock.now });
  assert.equal(looks, 4);
  assert.deepEqual(watch.foreign, []);
});

test("WriteWatch: where the file system's clock is ahead of ours nothing is said", () => {
  const { file, look, notice, watch } = watched();
  const ahead = () => watch.write(1, { look, write: () => file.modifiedMs = Date.now() + 60_000 });
  ahead();
  ahead();
  notice(watch);
  assert.deepEqual(watch.foreign, []);
});

test("WriteWatch: what is done to a file that our write has made is another's, and the write isn't", (clock) => {
  const deeds: [Partial<Look>, isForeign: boolean][] = [
    [{}, false],
    [{ modifiedMs: Date.now() + 5 }, true],
    [{ inode: 8 }, true],
  ];
  for (const [deed, isForeign] of deeds) {
    const { file, look, notice, other, watch } = watched();
    clock.advance(1);
    watch.make(1, { look, write: () => file.modifiedMs = Date.now() });
    notice(other);
    assert.deepEqual(watch.foreign, []);
    Object.assign(file, deed);
    notice(other);
    assert.equal(watch.isForeign(1), isForeign, JSON.stringify(deed));
  }
});

test("WriteWatch: what has been read and found right is ours again", () => {
  const { file, look, notice, watch, write } = watched();
  write(watch);
  Object.assign(file, { inode: 8, modifiedMs: Date.now() + 5 });
  notice(watch);
  watch.forgive(1, look());
  notice(watch);
  assert.deepEqual(watch.foreign, []);
});
