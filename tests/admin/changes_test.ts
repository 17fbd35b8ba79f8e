import assert from "node:assert/strict";
import { Changes, type Upload } from "../../admin/changes.ts";
import { ApiError } from "../../admin/client.ts";
import { Notices } from "../../admin/notices.ts";
import { text } from "../../admin/text.ts";
import type { Setting } from "../../tracker/admin_api.ts";
import { answering, hash } from "./states.ts";

function changesOf(...answers: unknown[]) {
  const { asked, client } = answering(...answers);
  const notices = new Notices(() => {});
  let refreshes = 0;
  const changes = new Changes(client, notices, () => refreshes++);
  const said = () => notices.shown.value.map(({ text }) => text);
  const asks = () => asked.map(({ method, path }) => `${method} ${path}`);
  return { changes, notices, said, asks, asked, refreshes: () => refreshes };
}

Deno.test("Changes: what was removed can be taken back", async () => {
  const { asks, changes, notices, refreshes, said } = changesOf({ changed: true, undo: "7/x" }, {
    changed: true,
  });
  await changes.removeEntry("addresses", "192.0.2.0/24");
  assert.deepEqual(said(), [text.lists.removed("192.0.2.0/24")]);
  await notices.shown.value[0]?.undo?.();
  assert.deepEqual(asks(), ["DELETE /api/lists/addresses/192.0.2.0%2F24", "POST /api/undo/7%2Fx"]);
  assert.equal(said().at(-1), text.undone);
  assert.equal(refreshes(), 2);
});

Deno.test("Changes: there is no way back where there was nothing, and too late is said", async () => {
  const none = changesOf({ changed: false, undo: null });
  await none.changes.removeTorrent({ infoHash: hash("a"), name: "a.iso" });
  assert.equal(none.notices.shown.value[0]?.undo, null);
  const late = changesOf({ changed: true, undo: "1" }, { changed: false });
  await late.changes.removeTorrent({ infoHash: hash("a"), name: "a.iso" });
  await late.notices.shown.value[0]?.undo?.();
  assert.equal(late.said().at(-1), text.tooLate);
});

Deno.test("Changes: what can't be taken back yet is said, with the way back still there", async () => {
  const full = Response.json({ error: "Cannot add to the list" }, { status: 400 });
  const { asks, changes, notices, said } = changesOf({ changed: true, undo: "1" }, full, { changed: true });
  await changes.removeEntry("clients", "-XX");
  await notices.shown.value[0]?.undo?.();
  assert.equal(said().at(-1), text.failed("Cannot add to the list"));
  await notices.shown.value.at(-1)?.undo?.();
  assert.deepEqual(asks().slice(1), ["POST /api/undo/1", "POST /api/undo/1"]);
  assert.equal(said().at(-1), text.undone);
});

Deno.test("Changes: whatever can't be taken back at the moment can be tried again", async () => {
  const away = new TypeError("refused");
  const ways: [(changes: Changes) => Promise<unknown>, string][] = [
    [(changes) => changes.deny(hash("a")), `DELETE /api/lists/deny/${hash("a")}`],
    [(changes) => changes.setMode("listed", "open"), "PUT /api/lists"],
    [(changes) => changes.saveSettings({ maxPeers: 5 }, [], () => {}), "PATCH /api/settings"],
  ];
  for (const [change, back] of ways) {
    const { asks, changes, notices, said } = changesOf({}, away, {});
    await change(changes);
    await notices.shown.value[0]?.undo?.();
    assert.equal(said().at(-1), text.failed(text.offline.unreachable));
    await notices.shown.value.at(-1)?.undo?.();
    assert.deepEqual(asks().slice(1), [back, back]);
  }
});

Deno.test("Changes: a denied hash can be taken off the list again", async () => {
  const { asks, changes, notices, said } = changesOf({ changed: true }, { changed: true, undo: "1" });
  await changes.deny(hash("a"));
  await notices.shown.value[0]?.undo?.();
  assert.deepEqual(asks(), [`PUT /api/lists/deny/${hash("a")}`, `DELETE /api/lists/deny/${hash("a")}`]);
  assert.deepEqual(said(), [text.swarm.deniedDone, text.swarm.allowedDone]);
});

Deno.test("Changes: settings take the values again that they had, or the program's where they had those", async () => {
  const { asked, changes, notices, said } = changesOf({ settings: [] }, { settings: [] });
  const setting = (name: Setting["name"], value: number, changed: boolean): Setting => ({
    ...{ name, value, changed, original: 1800, least: 1, most: 86_400, unit: "seconds" },
  });
  const before = [
    setting("intervalSeconds", 1800, false),
    setting("minIntervalSeconds", 60, true),
    setting("maxPeers", 9, true),
  ];
  await changes.saveSettings({ intervalSeconds: 900, minIntervalSeconds: null }, before, () => {});
  await notices.shown.value[0]?.undo?.();
  assert.deepEqual(asked.map(({ body, method }) => [method, JSON.parse(String(body))]), [
    ["PATCH", { intervalSeconds: 900, minIntervalSeconds: null }],
    ["PATCH", { intervalSeconds: null, minIntervalSeconds: 60 }],
  ]);
  assert.deepEqual(said(), [text.settings.saved(2), text.undone]);
});

Deno.test("Changes: who is served can be set back", async () => {
  const { asked, changes, notices, said } = changesOf({}, {});
  await changes.setMode("listed", "open");
  await notices.shown.value[0]?.undo?.();
  assert.deepEqual(asked.map(({ body }) => body), ['{"mode":"listed"}', '{"mode":"open"}']);
  assert.deepEqual(said(), [text.lists.modeDone.listed, text.lists.modeDone.open]);
});

Deno.test("Changes: a failure is said in the tracker's words, and stays", async () => {
  const { changes, notices } = changesOf(Response.json({ error: "Cannot drop it" }, { status: 400 }));
  await changes.dropPeer(hash("a"), "[2001:db8::1]:6881");
  assert.deepEqual(notices.shown.value.map(({ isFailure, text }) => [isFailure, text]), [
    [true, text.failed("Cannot drop it")],
  ]);
});

Deno.test("Changes.signOut() says that the session goes on where the tracker can't be told", async () => {
  const { changes, said } = changesOf();
  const error = new ApiError("Cannot reach the tracker", { kind: "unreachable" });
  await changes.signOut({ signOut: () => Promise.reject(error) });
  assert.deepEqual(said(), [text.failed(text.offline.unreachable)]);
});

Deno.test("Changes.addEntries() and saveSettings() return what is wrong", async () => {
  const wrong = () => Response.json({ error: "Cannot add it" }, { status: 400 });
  const { changes, said } = changesOf(wrong(), { added: 2 }, wrong(), { settings: [] });
  assert.equal(await changes.addEntries("deny", "x"), "Cannot add it");
  assert.equal(await changes.addEntries("deny", "x\ny"), null);
  assert.equal(await changes.saveSettings({ maxPeers: 0 }, [], () => assert.fail()), "Cannot add it");
  assert.equal(await changes.saveSettings({ maxPeers: 5, minPort: null }, [], () => {}), null);
  assert.deepEqual(said(), [text.lists.added(2, "Denied"), text.settings.saved(2)]);
});

Deno.test("Changes.upload() sends file by file and tells of each", async () => {
  const { asked, changes, said } = changesOf(
    {},
    Response.json({ error: "Cannot parse it" }, { status: 400 }),
  );
  const files = [new File(["d4:info"], "a.torrent"), new File(["x"], "b.txt")];
  const large = new File([new Uint8Array((16 << 20) + 1)], "c.iso");
  const folder = new File(["x"], "folder");
  folder.arrayBuffer = () => Promise.reject(new DOMException("gone", "NotFoundError"));
  const uploads: Upload[] = [];
  await changes.upload([...files, large, folder], (upload) => uploads.push(upload));
  assert.deepEqual(uploads, [
    { name: "a.torrent", problem: null },
    { name: "b.txt", problem: "Cannot parse it" },
    { name: "c.iso", problem: text.torrents.tooLarge },
    { name: "folder", problem: text.torrents.unreadable },
  ]);
  assert.equal(asked.length, 2, "what is too large or can't be read isn't sent");
  assert.deepEqual(said(), [text.torrents.added(1)]);
});
