import assert from "node:assert/strict";
import { Registry } from "../../../tracker/store/registry.ts";
import { StoreClock } from "../../../tracker/store/store_clock.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { id } from "../announcing.ts";

/** A store whose clock shows so much more than the tracker's, and the answer that is read from it. */
class Store {
  readonly clock = new FakeClock();
  ahead = 1_800_000_000_000;
  readonly #follower = new StoreClock(this.clock.read);

  /** What the tracker's idea of the time there is wrong by. */
  get error(): number {
    return this.#follower.at(this.clock.now) - this.clock.now - this.ahead;
  }

  /** Asks; the store reads its clock after `there` ms, and its answer is read `back` ms later. */
  ask(there: number, back: number): void {
    const askedAt = this.#follower.ask();
    const time = this.clock.advance(there) + this.ahead;
    this.clock.advance(back);
    this.#follower.follow(askedAt, [Math.floor(time / 1000), time % 1000 * 1000]);
  }
}

Deno.test("StoreClock: a slow store's word on the time moves nothing, whichever way is the slow one", () => {
  const store = new Store();
  store.ask(1, 1);
  assert.equal(store.error, 0);
  for (const [there, back] of [[1900, 0], [0, 1900], [700, 3]] as const) {
    store.ask(there, back);
    assert.equal(store.error, 0, `${there} ms there and ${back} back`);
  }
});

Deno.test("StoreClock: a store that was slow from the beginning is understood once it is faster", () => {
  const store = new Store();
  store.ask(1500, 100);
  assert.equal(Math.abs(store.error), 700, "half of the time that it took is all that can be told");
  store.ask(3, 1);
  assert.equal(Math.abs(store.error), 1);
});

Deno.test("StoreClock: a clock that is set is followed at once, also to a slow answer", () => {
  for (const by of [3_600_000, -3_600_000]) {
    const store = new Store();
    store.ask(0, 0);
    store.ahead += by;
    store.ask(400, 400);
    assert.equal(store.error, 0);
  }
});

Deno.test("StoreClock: clocks that come apart are followed by a store that is always slow", () => {
  const store = new Store();
  store.ask(0, 0);
  for (let n = 0; n < 10_000; n++) {
    store.clock.advance(1000);
    store.ahead += 0.1;
    store.ask(20, 20);
    assert.ok(Math.abs(store.error) < 25, `${store.error} ms in second ${n}`);
  }
});

Deno.test("Registry.tick(): what many slow calls take is not taken for what the clocks are apart", async () => {
  const clock = new FakeClock();
  const ahead = 1_800_000_000_000;
  const follower = new StoreClock(clock.read);
  const run = () => {
    const time = clock.advance(100) + ahead;
    clock.advance(100);
    return Promise.resolve([0, 0, 0, 0, 0, Math.floor(time / 1000), time % 1000 * 1000]);
  };
  const registry = new Registry({ isUp: true, run, tell: assert.fail }, follower);
  for (let n = 0; n < 5000; n++) registry.note(id(String(n)), 1, 1); // in ten calls
  await registry.tick(clock.now, { browsers: 0, timeoutMs: 1 });
  assert.equal(follower.at(0), ahead);
});
