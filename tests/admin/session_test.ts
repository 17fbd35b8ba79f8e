import assert from "node:assert/strict";
import { ApiClient, ApiError } from "../../admin/client.ts";
import { Session, takeToken, tokenOf } from "../../admin/session.ts";
import { text } from "../../admin/text.ts";
import { answering, NEVER } from "./states.ts";

const signedIn = { signedIn: true, announcePort: null };
const signedOut = { signedIn: false, announcePort: null };
const refusal = (status: number) => Response.json({ error: "no" }, { status });

function sessionOf(token: string | null, ...answers: unknown[]) {
  const parts = answering(...answers);
  let changes = 0;
  const session = new Session(parts.client, token, () => changes++);
  return { session, asked: parts.asked, changes: () => changes };
}

Deno.test("takeToken() takes the token out of the address", () => {
  const replaced: unknown[] = [];
  const window = (hash: string) => ({
    location: { hash, pathname: "/swarms", search: "?q=a" },
    history: { state: "kept", replaceState: (...entry: unknown[]) => replaced.push(entry) },
  });
  const take = (hash: string) => takeToken(window(hash) as unknown as Parameters<typeof takeToken>[0]);
  assert.equal(take("#token=abc-_1"), "abc-_1");
  assert.deepEqual(replaced, [["kept", "", "/swarms?q=a"]]);
  assert.equal(take("#content"), null);
  assert.equal(take(""), null);
  assert.equal(replaced.length, 1);
});

Deno.test("tokenOf() finds the token in what was pasted: alone, or the whole link", () => {
  for (const pasted of ["abc-_1", " abc-_1\n", "http://192.0.2.1:6969/#token=abc-_1", "#token=abc-_1"]) {
    assert.equal(tokenOf(pasted), "abc-_1");
  }
  assert.equal(tokenOf("https://tracker.example/swarms?q=a#token=a%2Bb"), "a+b");
  assert.equal(tokenOf("a#b"), "a#b", "a token of one's own may hold anything");
  assert.equal(tokenOf("  "), "");
});

Deno.test("Session.settle() shows the link's token once, and asks nothing more when it is right", async () => {
  const { asked, session } = sessionOf("secret", signedIn);
  await session.settle(NEVER);
  await session.settle(NEVER);
  assert.equal(session.isSignedIn.value, true);
  assert.deepEqual(asked, [{ path: "/api/session", method: "POST", body: '{"token":"secret"}' }]);
});

Deno.test("Session.settle() asks how this browser stands where there is no token, or a wrong one", async () => {
  const cookie = sessionOf(null, signedIn);
  await cookie.session.settle(NEVER);
  assert.equal(cookie.session.isSignedIn.value, true);
  const wrong = sessionOf("wrong", refusal(401), signedOut);
  await wrong.session.settle(NEVER);
  assert.equal(wrong.session.isSignedIn.value, false);
  assert.equal(wrong.session.problem.value, text.session.wrong);
});

Deno.test("Session knows where to announce if not here, however it was begun", async () => {
  for (const token of ["secret", null]) {
    const { session } = sessionOf(token, { ...signedIn, announcePort: 6969 });
    assert.equal(session.announcePort.value, null);
    await session.settle(NEVER);
    assert.equal(session.announcePort.value, 6969);
  }
});

Deno.test("Session.settle() doesn't wait for an answer to the token longer than for any other", async () => {
  let asked = 0;
  const client = new ApiClient((_input, { signal } = {}) => {
    if (++asked > 1) return Promise.resolve(Response.json(signedIn));
    return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  });
  const session = new Session(client, "secret", () => {});
  const patience = new AbortController();
  const settled = session.settle(patience.signal);
  patience.abort();
  await assert.rejects(settled, ApiError);
  await session.settle(NEVER);
  assert.equal(session.isSignedIn.value, true, "the token is shown again");
});

Deno.test("Session.settle() keeps the token while the tracker can't be reached", async () => {
  const { asked, session } = sessionOf("secret", new TypeError("refused"), signedIn);
  await assert.rejects(session.settle(NEVER), ApiError);
  await session.settle(NEVER);
  assert.equal(session.isSignedIn.value, true);
  assert.equal(asked[1]?.body, '{"token":"secret"}');
});

Deno.test("Session.signIn() says why a token did not do", async () => {
  const { changes, session } = sessionOf(null, refusal(401), refusal(429), new TypeError("gone"), signedIn);
  const problems = [];
  for (let i = 0; i < 4; i++) {
    await session.signIn("token");
    problems.push(session.problem.value);
  }
  assert.deepEqual(problems, [text.session.wrong, text.session.slow, text.offline.unreachable, null]);
  assert.equal(changes(), 1);
  assert.equal(session.isBusy.value, false);
});

Deno.test("Session.signIn() doesn't call a token wrong for what else stands in its way", async () => {
  const elsewhere = Response.json({ error: "Cannot change anything for another site" }, { status: 403 });
  const page = () => new Response("<h1>Bad Gateway</h1>", { status: 502 });
  const { session } = sessionOf(null, elsewhere, page(), new Response("<h1>Welcome</h1>"));
  const problems = [];
  for (let i = 0; i < 3; i++) {
    await session.signIn("token");
    problems.push(session.problem.value);
  }
  assert.deepEqual(problems, [
    "Cannot change anything for another site",
    text.offline.refused(502),
    text.offline.unreadable,
  ]);
});

Deno.test("Session.settle() keeps the token while a proxy answers in the tracker's place", async () => {
  const { asked, session } = sessionOf("secret", refusal(503), signedIn);
  await assert.rejects(session.settle(NEVER), ApiError);
  assert.equal(session.problem.value, null);
  await session.settle(NEVER);
  assert.equal(session.isSignedIn.value, true);
  assert.equal(asked[1]?.body, '{"token":"secret"}');
});

Deno.test("Session.signOut() ends the session at the tracker", async () => {
  const { asked, changes, session } = sessionOf("secret", signedIn, signedOut);
  await session.settle(NEVER);
  await session.signOut();
  assert.equal(session.isSignedIn.value, false);
  assert.equal(asked[1]?.method, "DELETE");
  assert.equal(changes(), 1);
});

Deno.test("Session.signOut() doesn't say that a session has ended which goes on", async () => {
  const { changes, session } = sessionOf("secret", signedIn, new TypeError("gone"));
  await session.settle(NEVER);
  await assert.rejects(session.signOut(), ApiError);
  assert.equal(session.isSignedIn.value, true);
  assert.equal(changes(), 0);
});

Deno.test("Session.isClosed() tells which pages a reader without the token may not see", async () => {
  const stranger = sessionOf(null, { signedIn: false, publicStats: false });
  await stranger.session.settle(NEVER);
  assert.deepEqual([stranger.session.isClosed("overview"), stranger.session.isClosed("swarms")], [
    true,
    true,
  ]);
  const guest = sessionOf(null, { signedIn: false, publicStats: true });
  await guest.session.settle(NEVER);
  assert.deepEqual([guest.session.isClosed("overview"), guest.session.isClosed("swarms")], [false, true]);
  const operator = sessionOf(null, { signedIn: true, publicStats: false });
  await operator.session.settle(NEVER);
  assert.deepEqual([operator.session.isClosed("overview"), operator.session.isClosed("swarms")], [
    false,
    false,
  ]);
});
