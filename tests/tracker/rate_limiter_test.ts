import assert from "node:assert/strict";
import { parseIp } from "../../protocol/mod.ts";
import { RateLimiter } from "../../tracker/rate_limiter.ts";
import { seededRandom } from "../support/random.ts";

const ip = (text: string) => parseIp(text) ?? new Uint8Array();
const A = ip("192.0.2.1");

/** How many of `n` requests at once pass. */
function passed(limiter: RateLimiter, address: Uint8Array, n: number, now: number): number {
  return Array.from({ length: n }, () => limiter.take(address, now)).filter(Boolean).length;
}

Deno.test("RateLimiter lets a burst pass, then so many a second", () => {
  const limiter = new RateLimiter({ perSecond: 2, burst: 10, seed: 1 });
  assert.equal(passed(limiter, A, 20, 0), 10);
  assert.equal(passed(limiter, A, 5, 400), 0);
  assert.equal(passed(limiter, A, 5, 1000), 2);
  assert.equal(passed(limiter, A, 20, 3000), 4);
  assert.equal(passed(limiter, A, 20, 1_000_000), 10, "never more than a burst");
});

Deno.test("RateLimiter counts each IPv4 address, and each IPv6 /64, for itself", () => {
  const limiter = new RateLimiter({ perSecond: 1, burst: 3, seed: 1 });
  assert.equal(passed(limiter, A, 5, 0), 3);
  assert.equal(passed(limiter, ip("192.0.2.2"), 5, 0), 3);
  assert.equal(passed(limiter, ip("2001:db8:0:1::1"), 2, 0), 2);
  assert.equal(passed(limiter, ip("2001:db8:0:1:ffff::2"), 5, 0), 1);
  assert.equal(passed(limiter, ip("2001:db8:0:2::1"), 5, 0), 3);
});

Deno.test("RateLimiter under a flood of addresses refuses nobody who asks seldom, and stays as large as it is", () => {
  const random = seededRandom(9);
  const limiter = new RateLimiter({ perSecond: 1, burst: 3, seed: 7 });
  const address = new Uint8Array(4);
  for (let i = 0; i < 300_000; i++) {
    address.set([11, random() * 256, random() * 256, random() * 256]);
    limiter.take(address, i);
    if (i % 1000 === 0) assert.ok(limiter.take(A, i), "once a second");
  }
});
