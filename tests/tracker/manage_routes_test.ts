import assert from "node:assert/strict";
import type { AuditAnswer, Removed, Setting, SettingsAnswer } from "../../tracker/admin_api.ts";
import { DataFile } from "../../tracker/data_file.ts";
import { LiveSettings } from "../../tracker/live_settings.ts";
import { type ManageParts, manageRoutes } from "../../tracker/manage_routes.ts";
import type { TrackerRules } from "../../tracker/options.ts";
import type { Tracker } from "../../tracker/tracker.ts";
import { newTracker } from "./announcing.ts";
import { LEAST, TestApp, UNIX } from "./http.ts";

const HEX = "00017f80ff263d2b25206162636465666768696a";

async function patch(app: TestApp, change: unknown): Promise<{ status: number; error?: string }> {
  const response = await app.admin("/api/settings", { method: "PATCH", body: JSON.stringify(change) });
  return { status: response.status, ...await response.json() };
}

async function setting(app: TestApp, name: string): Promise<Setting | undefined> {
  const { settings } = await app.json<SettingsAnswer>("/api/settings");
  return settings.find((each) => each.name === name);
}

Deno.test("a setting that is changed counts at the next announce, and the flag's again when it is taken back", async () => {
  const app = await TestApp.create({ intervalSeconds: 600 });
  const interval = async () => (await app.bencode(`/announce?${LEAST}`)).get("interval");
  assert.equal(await interval(), 600);
  assert.equal((await patch(app, { intervalSeconds: 90, minIntervalSeconds: 45 })).status, 200);
  assert.equal(await interval(), 90);
  assert.deepEqual(await setting(app, "intervalSeconds"), {
    ...{ name: "intervalSeconds", value: 90, original: 600, least: 1, most: 86_400, unit: "seconds" },
    changed: true,
  });
  await patch(app, { intervalSeconds: null, minIntervalSeconds: null });
  assert.equal(await interval(), 600);
  assert.equal((await setting(app, "intervalSeconds"))?.changed, false);
});

for (
  const change of [
    { intervalSeconds: 0 },
    { intervalSeconds: "90" },
    { intervalSeconds: 1.5 },
    { intervalSeconds: [90] },
    { minPort: 80, maxPeers: -1 },
    { minIntervalSeconds: 3600 },
    { peerTimeoutSeconds: 5 },
    { __proto__: { a: 1 }, constructor: 5 },
    [],
    null,
    "x",
    5,
  ]
) {
  Deno.test(`settings can't be changed to ${JSON.stringify(change)}, and none of it is`, async () => {
    const app = await TestApp.create();
    const before = await app.json("/api/settings");
    const { error = "", status } = await patch(app, change);
    assert.equal(status, 400);
    assert.match(error, /^Cannot (set|change)/);
    assert.deepEqual(await app.json("/api/settings"), before);
    assert.deepEqual((await app.json<AuditAnswer>("/api/audit")).entries, []);
  });
}

Deno.test("a setting that can't be kept isn't changed, now or later", async () => {
  const app = await TestApp.create({ intervalSeconds: 600 });
  await patch(app, { minPort: 1024 });
  const before = await app.json("/api/settings");
  app.keeper.data.adminRecords.saveRules = () => {
    throw new Error("database or disk is full");
  };
  const response = await app.admin("/api/settings", { method: "PATCH", body: '{"intervalSeconds":90}' });
  assert.equal(response.status, 500);
  await response.body?.cancel();
  assert.deepEqual(await app.json("/api/settings"), before);
  app.service.settings.reload({ requestsPerSecond: 5 });
  assert.deepEqual([app.tracker.rules.intervalSeconds, app.tracker.rules.minPort], [600, 1024]);
});

Deno.test("an undo that failed can be tried again, and one that succeeded can't", async () => {
  const app = await TestApp.create();
  const { lists } = app.tracker.admission;
  for (let n = 0; n < 1000; n++) lists.add("clients", `c${n}`);
  const { undo } = await app.json<Removed>("/api/lists/clients/c0", { method: "DELETE" });
  const again = async () => {
    const response = await app.admin(`/api/undo/${undo}`, { method: "POST" });
    return { status: response.status, said: await response.text() };
  };
  await app.json("/api/lists/clients/other", { method: "PUT" });
  const full = await again();
  assert.equal(full.status, 400);
  assert.match(full.said, /it has 1000 entries already/);
  await app.json("/api/lists/clients/other", { method: "DELETE" });

  const { data } = app.keeper;
  const addEntries = data.addEntries.bind(data);
  data.addEntries = () => {
    throw new Error("database or disk is full");
  };
  assert.equal((await again()).status, 500);
  data.addEntries = addEntries;
  assert.deepEqual(await again(), { status: 200, said: '{"changed":true}' });
  assert.deepEqual(await again(), { status: 200, said: '{"changed":false}' });
  const { entries } = await app.json<AuditAnswer>("/api/audit");
  assert.equal(entries.filter(({ action }) => action === "undone").length, 1);
});

Deno.test("LiveSettings keeps what was changed over restarts, and over what the program reads anew", () => {
  const data = DataFile.open();
  const logged: string[] = [];
  const settingsOf = (tracker: Tracker, given: TrackerRules) =>
    new LiveSettings(tracker, {
      ...{ given, live: {}, store: data.adminRecords },
      log: (line) => logged.push(line),
    });
  const first = newTracker({ intervalSeconds: 600 });
  const settings = settingsOf(first, { intervalSeconds: 600 });
  settings.change({ minPort: 1024 });
  settings.reload({ intervalSeconds: 300, minPort: 80 });
  assert.deepEqual([first.rules.intervalSeconds, first.rules.minPort], [300, 1024]);
  settings.change({ minPort: null });
  assert.equal(first.rules.minPort, 80);
  settings.change({ minIntervalSeconds: 200 });

  const second = newTracker({ intervalSeconds: 600 });
  settingsOf(second, { intervalSeconds: 600 });
  assert.equal(second.rules.minIntervalSeconds, 200);
  const third = newTracker({ intervalSeconds: 100 });
  settingsOf(third, { intervalSeconds: 100 });
  assert.equal(third.rules.minIntervalSeconds, 20);
  assert.match(logged.join(), /^Cannot set minIntervalSeconds.* doesn't count any more$/);
  assert.throws(() => settings.reload({ intervalSeconds: 100 }), RangeError);
  assert.equal(first.rules.intervalSeconds, 300);
  data.close();
});

Deno.test("what a reload says must do without the page's changes, too: they may be taken back", async () => {
  const app = await TestApp.create();
  await patch(app, { intervalSeconds: 900 });
  const rules = { intervalSeconds: 30, minIntervalSeconds: 60 };
  assert.throws(() => app.service.settings.reload(rules), RangeError);
  assert.equal((await setting(app, "intervalSeconds"))?.value, 900);
  assert.equal((await patch(app, { intervalSeconds: null })).status, 200);
});

Deno.test("the audit log says who changed what, from where and when, the latest first, in pages", async () => {
  const app = await TestApp.create();
  await app.admin(`/api/lists/deny/${HEX}`, { method: "PUT", from: "198.51.100.7" });
  app.now = 5000;
  await app.json("/api/lists", { method: "PUT", body: '{"mode":"listed"}' });
  await patch(app, { minPort: 1024 });
  const { entries } = await app.json<AuditAnswer>("/api/audit");
  assert.deepEqual(entries.map(({ action, detail, subject }) => [action, subject, detail]), [
    ["setting-changed", "minPort", "1 to 1024"],
    ["mode-set", "listed", "open to listed"],
    ["entry-added", `deny ${HEX}`, ""],
  ]);
  assert.deepEqual(entries[2], {
    ...{ id: 1, time: UNIX, address: "198.51.100.7", by: "bearer" },
    ...{ action: "entry-added", subject: `deny ${HEX}`, detail: "" },
  });
  const page = await app.json<AuditAnswer>("/api/audit?limit=2");
  assert.deepEqual([page.entries.length, page.before], [2, 2]);
  const rest = await app.json<AuditAnswer>(`/api/audit?before=${page.before}`);
  assert.deepEqual([rest.entries.length, rest.before], [1, null]);
});

Deno.test("the audit log's last page says that it is the last, also where older entries are forgotten", async () => {
  const records = { audit: ({ before }: { before: number }) => before > 51 ? [{ id: 51 }] : [] };
  const app = manageRoutes({ records } as unknown as ManageParts);
  const { before, entries } = await (await app.request("/audit")).json() as AuditAnswer;
  assert.deepEqual([entries.length, before], [1, null]);
});

Deno.test("the audit log forgets what is ten thousand changes ago", () => {
  const data = DataFile.open();
  for (let n = 0; n < 10_050; n++) {
    const who = { time: n, address: "192.0.2.1", by: "bearer" as const };
    data.adminRecords.addAudit({ ...who, action: "entry-added", subject: `${n}`, detail: "" });
  }
  assert.equal(data.adminRecords.audit({ before: 51 }).length, 0);
  assert.equal(data.adminRecords.audit({ before: 52 }).length, 1);
  assert.equal(data.adminRecords.audit({ limit: 100_000 }).length, 500);
  data.close();
});
