import assert from "node:assert/strict";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";
import { TestApp } from "./http.ts";

async function builtPage(): Promise<TempDir> {
  const dir = await makeTempDir();
  await Deno.writeTextFile(dir.join("index.html"), "<!doctype html><title>Page</title>");
  await Deno.writeTextFile(dir.join("main.js"), "console.log(1);");
  await Deno.writeTextFile(dir.join("main.css"), "body {}");
  await Deno.writeTextFile(dir.join("favicon.svg"), "<svg/>");
  await Deno.writeTextFile(dir.join("announce"), "a file of this name can't hide the tracker");
  return dir;
}

for (
  const { method = "GET", path } of [
    { path: "/nothing" },
    { path: "/announce/" },
    { path: "/announce/x" },
    { path: "/../deno.json" },
    { path: "/%2e%2e/deno.json" },
    { path: "/main.js/../../deno.json" },
    { path: "/.git/config" },
    { path: "/announce", method: "POST" },
    { path: "/scrape", method: "PUT" },
    { path: "/", method: "POST" },
  ]
) {
  Deno.test(`${method} ${path} is a plain 404`, async () => {
    await using page = await builtPage();
    const app = await TestApp.create({}, page.path);
    const response = await app.get(path, { method });
    assert.equal(response.status, 404);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
    assert.equal(await response.text(), "404 Not Found\n");
  });
}

for (
  const { path, type, text } of [
    { path: "/", type: "text/html; charset=utf-8", text: "<!doctype html><title>Page</title>" },
    { path: "/index.html", type: "text/html; charset=utf-8", text: "<!doctype html><title>Page</title>" },
    {
      path: `/swarms/${"ab".repeat(20)}`,
      type: "text/html; charset=utf-8",
      text: "<!doctype html><title>Page</title>",
    },
    { path: "/main.js", type: "text/javascript; charset=utf-8", text: "console.log(1);" },
    { path: "/main.css", type: "text/css; charset=utf-8", text: "body {}" },
    { path: "/favicon.svg", type: "image/svg+xml", text: "<svg/>" },
  ]
) {
  Deno.test(`GET ${path.slice(0, 20)} serves the page's file, once for each build`, async () => {
    await using page = await builtPage();
    const app = await TestApp.create({}, page.path);
    const response = await app.get(path);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), text);
    const { headers } = response;
    assert.equal(headers.get("content-type"), type);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);

    const again = await app.get(path, { headers: { "if-none-match": headers.get("etag") ?? "" } });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), "");
    const other = await app.get(path, { headers: { "if-none-match": '"other"' } });
    assert.equal(other.status, 200);
    await other.body?.cancel();
  });
}

Deno.test("HEAD answers as GET does, without a body", async () => {
  await using page = await builtPage();
  const app = await TestApp.create({}, page.path);
  const response = await app.get("/", { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "");
});

Deno.test("without a build, / says how to make one", async () => {
  const app = await TestApp.create();
  const response = await app.get("/");
  assert.equal(response.status, 503);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  assert.match(await response.text(), /deno task admin:build/);
});
