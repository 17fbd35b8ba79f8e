import assert from "node:assert/strict";
import { AdminAccess } from "../../tracker/admin_access.ts";
import { AdminToken, renewToken } from "../../tracker/admin_token.ts";
import { DataFile } from "../../tracker/data_file.ts";
import { TrackerStartError } from "../../tracker/errors.ts";
import { WrongTokens } from "../../tracker/wrong_tokens.ts";
import { makeTempDir } from "../support/temp_dir.ts";

Deno.test("AdminToken makes one at the first start, tells it once, and keeps its hash for its owner's eyes", async () => {
  await using dir = await makeTempDir();
  const data = dir.join("t.sqlite");
  const first = AdminToken.open({ given: undefined, data });
  assert.match(first.fresh ?? "", /^[\w-]{32}$/);
  const second = AdminToken.open({ given: undefined, data });
  assert.equal(second.fresh, undefined);
  assert.ok(second.matches(first.fresh ?? ""));
  assert.ok(!second.matches("another-token-of-that-length-----"));
  const kept = await Deno.readTextFile(`${data}.token`);
  assert.match(kept, /^sha256 [0-9a-f]{64}\n$/);
  assert.ok(!kept.includes(first.fresh ?? ""));
  if (Deno.build.os !== "windows") {
    assert.equal(((await Deno.stat(`${data}.token`)).mode ?? 0) & 0o777, 0o600);
  }
});

Deno.test("AdminToken without a file makes another for each run", () => {
  const [a, b] = [0, 0].map(() => AdminToken.open({ given: undefined, data: undefined }));
  assert.ok(a?.fresh !== undefined && a.matches(a.fresh) && !b?.matches(a.fresh));
});

for (
  const token of ["short", "x".repeat(15), "x".repeat(257), "with a space in it", "ümlaut-ümlaut-ümlaut", ""]
) {
  Deno.test(`AdminToken refuses ${JSON.stringify(token.slice(0, 20))} of an operator`, () => {
    assert.throws(() => AdminToken.open({ given: token, data: undefined }), RangeError);
  });
}

Deno.test("AdminToken refuses a file that is no hash, in words", async () => {
  await using dir = await makeTempDir();
  await Deno.writeTextFile(dir.join("t.token"), "sha256 nonsense");
  assert.throws(
    () => AdminToken.open({ given: undefined, data: dir.join("t") }),
    (error) => error instanceof TrackerStartError && /isn't the hash of a token/.test(error.message),
  );
});

Deno.test("a token that is renewed while the tracker runs counts at the next tick, and ends all sessions", async () => {
  await using dir = await makeTempDir();
  const data = dir.join("t.sqlite");
  const token = AdminToken.open({ given: undefined, data });
  const file = DataFile.open(data);
  try {
    const access = new AdminAccess(token, file.adminRecords, 0);
    const address = Uint8Array.of(192, 0, 2, 1);
    const clocks = { now: 0, unix: 0 };
    const begun = access.signIn(token.fresh ?? "", address, clocks);
    assert.ok(begun !== null && "cookie" in begun);
    const shown = { address, authorization: undefined, cookie: begun.cookie.split(";")[0] };
    assert.ok(access.visitor(shown, clocks));
    const renewed = renewToken(data);
    access.tick();
    assert.equal(access.visitor(shown, clocks), null);
    assert.equal(access.signIn(token.fresh ?? "", address, clocks), null);
    assert.ok(access.signIn(renewed, address, clocks));
  } finally {
    file.close();
  }
});

Deno.test("sessions outlive a restart with the same token, and not one with another", async () => {
  await using dir = await makeTempDir();
  const data = dir.join("t.sqlite");
  const address = Uint8Array.of(192, 0, 2, 1);
  const clocks = { now: 0, unix: 0 };
  const run = <Value>(given: string, use: (access: AdminAccess) => Value): Value => {
    const file = DataFile.open(data);
    try {
      return use(new AdminAccess(AdminToken.open({ given, data }), file.adminRecords, 0));
    } finally {
      file.close();
    }
  };
  const begun = run("the-token-of-monday", (access) => access.signIn("the-token-of-monday", address, clocks));
  assert.ok(begun !== null && "cookie" in begun);
  const shown = { address, authorization: undefined, cookie: begun.cookie.split(";")[0] };
  assert.ok(run("the-token-of-monday", (access) => access.visitor(shown, clocks)));
  assert.equal(run("the-token-of-tuesday", (access) => access.visitor(shown, clocks)), null);
  assert.equal(run("the-token-of-monday", (access) => access.visitor(shown, clocks)), null);
});

Deno.test("only so many sessions are kept: the oldest ends", () => {
  const file = DataFile.open();
  const token = AdminToken.open({ given: undefined, data: undefined });
  const access = new AdminAccess(token, file.adminRecords, 0);
  const address = Uint8Array.of(192, 0, 2, 1);
  const cookies: string[] = [];
  for (let unix = 0; unix < 1001; unix++) {
    const begun = access.signIn(token.fresh ?? "", address, { now: unix, unix });
    assert.ok(begun !== null && "cookie" in begun);
    cookies.push(begun.cookie.split(";")[0] ?? "");
  }
  const isIn = (cookie: string) =>
    access.visitor({ address, authorization: undefined, cookie }, { now: 0, unix: 2000 }) !== null;
  assert.deepEqual([isIn(cookies[0] ?? ""), isIn(cookies[1] ?? "")], [false, true]);
  assert.equal(file.adminRecords.sessions(0).size, 1000);
  file.close();
});

Deno.test("WrongTokens waits 1, 2, 4… 60 s after four free ones, and forgets a quiet quarter of an hour", () => {
  const wrong = new WrongTokens();
  const address = Uint8Array.of(192, 0, 2, 1);
  const waits = Array.from({ length: 12 }, () => {
    wrong.note(address, 0);
    return wrong.wait(address, 0) / 1000;
  });
  assert.deepEqual(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
  wrong.note(address, 16 * 60_000);
  assert.equal(wrong.wait(address, 16 * 60_000), 0);
});

Deno.test("WrongTokens takes an IPv6 /64 for one, and remembers ten thousand addresses at most", () => {
  const wrong = new WrongTokens();
  const ip6 = (i: number, host: number) =>
    Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, i >> 8, i, 0, 0, 0, 0, 0, 0, 0, host);
  for (let host = 0; host < 5; host++) wrong.note(ip6(0, host), 0);
  assert.equal(wrong.wait(ip6(0, 99), 0), 1000);
  for (let i = 1; i <= 10_000; i++) wrong.note(ip6(i, 0), 0);
  assert.equal(wrong.size, 10_000);
  assert.equal(wrong.wait(ip6(0, 99), 0), 0);
});
