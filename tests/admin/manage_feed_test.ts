import assert from "node:assert/strict";
import { effect } from "@preact/signals";
import { ManageFeed } from "../../admin/feeds/manage_feed.ts";
import type { SettingsAnswer } from "../../tracker/admin_api.ts";
import { answering, NEVER } from "./states.ts";

const session = { now: 1_000_000 };

/** A page of the audit log: `count` entries below `from`. */
function page(from: number, count: number, before: number | null) {
  return { before, entries: Array.from({ length: count }, (_, i) => ({ id: from - 1 - i })) };
}

Deno.test("ManageFeed shows older changes for as long as there are any, beyond what comes at a time", async () => {
  const { asked, ...parts } = answering(
    session,
    page(620, 500, 120),
    page(120, 50, 70),
    session,
    page(620, 500, 120),
    page(120, 119, null),
  );
  const feed = new ManageFeed(parts);
  feed.open("audit");
  for (let i = 0; i < 10; i++) feed.showMoreAudit();
  await feed.load(NEVER);
  assert.deepEqual(asked.slice(1).map(({ path }) => path), [
    "/api/audit?limit=500",
    "/api/audit?limit=50&before=120",
  ]);
  assert.deepEqual([feed.audit.value?.length, feed.audit.value?.at(-1)?.id], [550, 70]);
  assert.equal(feed.hasMoreAudit.value, true);
  for (let i = 0; i < 2; i++) feed.showMoreAudit();
  await feed.load(NEVER);
  assert.equal(feed.audit.value?.length, 619);
  assert.equal(feed.hasMoreAudit.value, false);
});

Deno.test("ManageFeed asks for the torrents that are looked for, and anew for others", async () => {
  const none = { torrents: [], total: 0, all: 12 };
  const { asked, ...parts } = answering(session, none, session, none, session, session, none);
  const feed = new ManageFeed(parts);
  feed.open("torrents");
  await feed.load(NEVER);
  feed.torrentSearch.value = " a&b ";
  for (let i = 0; i < 2; i++) await feed.load(NEVER);
  feed.torrentSearch.value = "";
  await feed.load(NEVER);
  const paths = asked.map(({ path }) => path).filter((path) => path !== "/api/session");
  assert.deepEqual(paths, ["/api/torrents", "/api/torrents?search=a%26b", "/api/torrents"]);
  assert.deepEqual(feed.torrents.value, none);
});

Deno.test("ManageFeed doesn't offer older changes while it asks anew for all that there are", async () => {
  const answers = [session, page(620, 500, 120), page(120, 119, null)];
  const feed = new ManageFeed(answering(...answers, ...answers));
  feed.open("audit");
  for (let i = 0; i < 12; i++) feed.showMoreAudit();
  const offers: boolean[] = [];
  effect(() => void offers.push(feed.hasMoreAudit.value));
  await feed.load(NEVER);
  feed.expire();
  await feed.load(NEVER);
  assert.deepEqual(offers, [false]);
});

Deno.test("ManageFeed.takeSettings() shows what a change came to", () => {
  const feed = new ManageFeed(answering());
  const { settings } = { settings: [{ name: "minPort", value: 1024 }] } as SettingsAnswer;
  feed.takeSettings({ settings });
  assert.deepEqual(feed.settings.value, settings);
});
