import assert from "node:assert/strict";
import { ApiClient, ApiError } from "../../admin/client.ts";

interface Asked {
  path: string;
  request: RequestInit;
}

/** A client whose questions are answered from a list, and what it asked. */
function answering(...answers: (Response | Error)[]): { client: ApiClient; asked: Asked[] } {
  const asked: Asked[] = [];
  const client = new ApiClient((input, request = {}) => {
    asked.push({ path: String(input), request });
    const answer = answers[asked.length - 1] ?? new Error("asked too often");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { client, asked };
}

function tagged(body: unknown, tag: string): Response {
  return Response.json(body, { headers: { etag: tag } });
}

Deno.test("ApiClient.get() names the tag that it has, and gives the same object again for a 304", async () => {
  const { client, asked } = answering(
    tagged({ n: 1 }, '"one"'),
    new Response(null, { status: 304 }),
    tagged({ n: 2 }, '"two"'),
  );
  const first = await client.get("/api/overview");
  assert.equal(await client.get("/api/overview"), first);
  assert.deepEqual(await client.get("/api/overview"), { n: 2 });
  const tags = asked.map(({ request }) => new Headers(request.headers).get("if-none-match"));
  assert.deepEqual(tags, [null, '"one"', '"one"']);
});

Deno.test("ApiClient.forget() asks as if nothing were known", async () => {
  const { client, asked } = answering(tagged({}, '"one"'), tagged({}, '"one"'));
  await client.get("/api/overview");
  client.forget();
  await client.get("/api/overview");
  assert.equal(new Headers(asked[1]?.request.headers).get("if-none-match"), null);
});

Deno.test("ApiClient keeps a few answers, the latest", async () => {
  const paths = Array.from({ length: 9 }, (_, i) => `/${i}`);
  const { client, asked } = answering(
    ...paths.map((path) => tagged({ path }, `"${path}"`)),
    Response.json({}),
    new Response(null, { status: 304 }),
  );
  for (const path of paths) await client.get(path);
  await client.get("/0");
  await client.get("/8");
  assert.equal(new Headers(asked[9]?.request.headers).has("if-none-match"), false);
  assert.equal(new Headers(asked[10]?.request.headers).has("if-none-match"), true);
});

Deno.test("ApiClient.get() says what is wrong with an answer", async () => {
  const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError("reset")) });
  const rows: [string, Response | Error, unknown][] = [
    ["nobody there", new TypeError("refused"), { kind: "unreachable" }],
    ["an error in HTML", new Response("<p>no", { status: 503 }), {
      kind: "refused",
      status: 503,
      reason: null,
    }],
    ["an error in words", Response.json({ error: "Too many" }, { status: 429 }), {
      kind: "refused",
      status: 429,
      reason: "Too many",
    }],
    ["HTML", new Response("<p>hello"), { kind: "unreadable" }],
    ["a connection that breaks", new Response(broken), { kind: "unreachable" }],
  ];
  for (const [name, response, failure] of rows) {
    await assert.rejects(answering(response).client.get("/api/overview"), (error) => {
      assert.ok(error instanceof ApiError, name);
      assert.deepEqual(error.failure, failure, name);
      return true;
    });
  }
});

Deno.test("ApiError.isLocked tells who may not from what does not work", () => {
  const refused = (status: number) => new ApiError("no", { kind: "refused", status, reason: null }).isLocked;
  assert.deepEqual([401, 403, 404, 500].map(refused), [true, true, false, false]);
  assert.equal(new ApiError("no", { kind: "unreachable" }).isLocked, false);
});

Deno.test("ApiClient.send() sends objects as JSON, and texts and bytes as they are", async () => {
  const { client, asked } = answering(
    Response.json({}),
    Response.json({}),
    Response.json({}),
    Response.json({}),
  );
  await client.send("/a", { method: "PATCH", body: { interval: 5 } });
  await client.send("/b", { method: "POST", body: "one\ntwo" });
  await client.send("/c", { method: "POST", body: new Uint8Array([1, 2]) });
  await client.send("/d", { method: "DELETE" });
  const types = asked.map(({ request }) => new Headers(request.headers).get("content-type"));
  assert.deepEqual(types, [
    "application/json",
    "text/plain; charset=utf-8",
    "application/octet-stream",
    null,
  ]);
  assert.deepEqual(asked.map(({ request }) => request.method), ["PATCH", "POST", "POST", "DELETE"]);
  assert.equal(asked[0]?.request.body, '{"interval":5}');
});
