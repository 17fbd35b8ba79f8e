// Downloads with a web server as the only source.

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import type { ForeignClient } from "../../support/drivers/clients/client.ts";
import { seedling } from "../../support/drivers/clients/seedling.ts";
import { webtorrent } from "../../support/drivers/clients/webtorrent.ts";
import type { Content } from "../../support/drivers/content.ts";
import type { Needed } from "../../support/drivers/needed.ts";
import { nginx, startNginx } from "../../support/drivers/nginx.ts";
import { findOnPath, output } from "../../support/drivers/program.ts";
import { freePort } from "../../support/free_port.ts";
import { makers } from "../../support/drivers/torrents/programs.ts";
import type { TorrentMaker } from "../../support/drivers/torrents/torrent_program.ts";
import { type ServedFiles, WebServer } from "../../support/web_server.ts";
import { row } from "../support/harness.ts";
import { download, makeOriginal, makeTorrent, type Original, prepare } from "../support/transfer.ts";

/** Nobody listens there: the torrents have to name a tracker, and this one knows of no peers. */
const NO_TRACKER = "http://127.0.0.1:1/announce";

/** Registers a row in which `leecher` downloads from the web server that a torrent of `maker` names. */
export function webSeedRow(
  name: string,
  { maker, leecher, content }: { maker: TorrentMaker; leecher: ForeignClient; content: Content },
): Promise<void> {
  return row(`${name}: ${content.shape}`, [maker, leecher], async (stage) => {
    const original = await makeOriginal(stage, content);
    await using server = new WebServer(await readFiles(original));
    // BEP 19 lets a single file's URL be its folder's, which webtorrent takes for the file's own.
    const isOwnUrl = leecher === webtorrent && content.isSingleFile;
    const webSeed = isOwnUrl ? server.url + content.name : server.url;
    const torrent = await makeTorrent(stage, original, maker, NO_TRACKER, webSeed);
    const job = await prepare(stage, leecher, "leecher", { content, torrent });
    const measured = await download(leecher, job, original);
    assert.ok(server.requests.every(({ range }) => range !== null));
    return measured;
  });
}

/** Python's server, which knows no ranges. */
const pythonServer: Needed = {
  name: "python http.server",
  install: "apt-get install python3",
  async find() {
    const python = findOnPath("python3");
    if (python === undefined) return undefined;
    const command = [python, "--version"];
    return (await output({ name: "python3", command, cwd: "." })).trim().replace("Python ", "");
  },
};

/** Registers a row in which our peer downloads from a server without ranges. */
export function wholeFilesRow(name: string, content: Content): Promise<void> {
  const maker = makers.mktorrent;
  return row(`${name}: ${content.shape}`, [pythonServer, maker], async (stage) => {
    const original = await makeOriginal(stage, content);
    const port = freePort();
    const server = stage.start({
      name: pythonServer.name,
      command: ["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", String(port)],
      cwd: dirname(original.root),
    });
    await server.line("that it listens", (line) => line.startsWith("Serving HTTP"));
    const torrent = await makeTorrent(stage, original, maker, NO_TRACKER, `http://127.0.0.1:${port}/`);
    const job = await prepare(stage, seedling, "leecher", { content, torrent });
    return await download(seedling, job, original);
  });
}

/** How nginx is asked for the files, and what its log must show. */
const WAYS = [
  { way: "plain", is: "nginx", shows: /^GET \S+ 206 bytes=/ },
  { way: "redirecting", is: "nginx that redirects", shows: /^GET \/moved\/\S+ 302 bytes=/ },
  { way: "whole", is: "nginx without ranges", shows: /^GET \/whole\/\S+ 200 bytes=/ },
] as const;

/** Registers the rows in which `leecher` downloads from nginx. */
export async function nginxRows(leecher: ForeignClient, content: Content): Promise<void> {
  const maker = makers.mktorrent;
  for (const { way, is, shows } of WAYS) {
    await row(`${is} seeds to our peer: ${content.shape}`, [nginx, maker, leecher], async (stage) => {
      const original = await makeOriginal(stage, content);
      const server = await startNginx(stage, dirname(original.root));
      const torrent = await makeTorrent(stage, original, maker, NO_TRACKER, server[way]);
      const job = await prepare(stage, leecher, "leecher", { content, torrent });
      const measured = await download(leecher, job, original);
      const requests = await server.requests();
      assert.ok(requests.some((line) => shows.test(line)), requests.join("\n"));
      return measured;
    });
  }
}

/**
 * Registers a row in which our peer downloads from two mirrors on nginx, neither of which has it all: one has another first
 * file and lacks the second, the other has only the first three.
 */
export function wornMirrorsRow(name: string, content: Content): Promise<void> {
  const maker = makers.mktorrent;
  return row(`${name}: ${content.shape}`, [nginx, maker], async (stage) => {
    const original = await makeOriginal(stage, content);
    const root = await stage.makeFolder("mirrors");
    const [first, second] = content.files.map(({ path }) => path);
    for (const [index, { path }] of content.files.entries()) {
      const bytes = await Deno.readFile(join(original.root, path));
      if (index < 3) await put(join(root, "rest", content.name, path), bytes);
      if (path === first) bytes.forEach((byte, i) => bytes[i] = byte ^ 1);
      if (path !== second) await put(join(root, "worn", content.name, path), bytes);
    }
    const server = await startNginx(stage, root);
    const webSeeds = `${server.plain}worn/,${server.plain}rest/`;
    const torrent = await makeTorrent(stage, original, maker, NO_TRACKER, webSeeds);
    const job = await prepare(stage, seedling, "leecher", { content, torrent });
    const measured = await download(seedling, job, original);
    const requests = await server.requests();
    assert.ok(requests.some((line) => / 404 bytes=/.test(line)), requests.join("\n"));
    return measured;
  });
}

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, bytes);
}

async function readFiles({ content: { name, files }, root }: Original): Promise<ServedFiles> {
  return new Map(
    await Promise.all(files.map(async ({ path }): Promise<[string, Uint8Array<ArrayBuffer>]> => [
      path === "" ? `/${name}` : `/${name}/${path}`,
      await Deno.readFile(path === "" ? root : join(root, path)),
    ])),
  );
}
