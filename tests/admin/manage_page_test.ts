// What is changed on the page, in a real browser, and how the next announce is answered then.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { strangeHash, torrentOf } from "./live_tracker.ts";
import { test } from "./stage.ts";

const metainfoFile = (name: string) => ({
  name: `${name}.torrent`,
  mimeType: "application/x-bittorrent",
  buffer: Buffer.from(torrentOf(name, 1_000_000)),
});

test("Torrents are uploaded, have a name then, and are removed and brought back", async ({ open, start }) => {
  const tracker = await start();
  await tracker.api("PUT", "lists", '{"mode":"listed"}');
  const infoHash = await tracker.infoHashOf("one.iso");
  assert.notEqual(await tracker.refusal({ infoHash, port: 6881 }), null);
  const view = await open(tracker, "/manage", { refusals: 1 });
  await view.see("No torrents are registered");
  const files = [metainfoFile("one.iso"), metainfoFile("two.iso"), {
    ...metainfoFile("bad"),
    buffer: Buffer.alloc(9),
  }];
  await view.page.locator("input[type=file]").setInputFiles(files);
  await view.see("2 torrents are registered.");
  await view.see(/^bad\.torrent: Cannot/);
  assert.equal(await tracker.refusal({ infoHash, port: 6881 }), null);
  await view.button("Remove one.iso").click();
  await view.see("one.iso is no longer registered.");
  await view.page.locator("table.torrents").getByText("one.iso").waitFor({ state: "detached" });
  assert.notEqual(await tracker.refusal({ infoHash, port: 6881 }), null);
  await view.button("Undo").click();
  await view.see("Taken back.");
  await view.page.locator("table.torrents").getByText("one.iso").waitFor();
  assert.equal(await tracker.refusal({ infoHash, port: 6881 }), null);
});

test("A torrent among many is found by its name or its info hash, and removed", async ({ open, start }) => {
  const tracker = await start();
  const body = new FormData();
  for (let i = 0; i < 12; i++) body.append("file", new File([torrentOf(`${i}.iso`, 1_000_000)], "x"));
  await tracker.api("POST", "torrents", body);
  const view = await open(tracker, "/manage");
  const rows = view.page.locator("table.torrents tbody tr");
  const field = view.page.getByLabel("Search torrents by name or info hash");
  await rows.nth(11).waitFor();
  assert.match(await rows.first().innerText(), /^11\.iso/);
  await field.fill("nothing");
  await view.see("No torrent matches");
  await view.see("0 of 12");
  await field.fill(await tracker.infoHashOf("7.iso"));
  await view.see("1 of 12");
  assert.match(await rows.first().innerText(), /^7\.iso/);
  await field.fill("0.ISO");
  await view.see("2 of 12");
  await view.button("Remove 0.iso").click();
  await view.see("1 of 11");
  await field.focus();
  await view.page.keyboard.press("Escape");
  await rows.nth(10).waitFor();
});

test("Torrents that come while others are on their way are told of beside them", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker, "/manage", { refusals: 2 });
  const broken = (name: string) => ({ ...metainfoFile(name), buffer: Buffer.alloc(9) });
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const asked = answers.map(() => Promise.withResolvers<void>());
  let uploads = 0;
  await view.page.route("**/api/torrents", async (route) => {
    if (route.request().method() === "POST") {
      const number = uploads++;
      asked[number]?.resolve();
      await answers[number]?.promise;
    }
    await route.continue();
  });
  const field = view.page.locator("input[type=file]");
  await field.setInputFiles(broken("first"));
  await asked[0]?.promise;
  await field.setInputFiles(broken("second"));
  await asked[1]?.promise;
  answers[0]?.resolve();
  await view.see(/^first\.torrent: Cannot/);
  await view.see("Uploading…");
  answers[1]?.resolve();
  await view.see(/^second\.torrent: Cannot/);
  await view.see(/^first\.torrent: Cannot/);
  await view.see("Drop .torrent files here");
  await view.page.unrouteAll({ behavior: "ignoreErrors" });
});

test("Keys alone remove something and take that back, however many rows follow", async ({ open, start }) => {
  const tracker = await start();
  await tracker.api("POST", "lists/clients", "-AA\n-BB\n-CC");
  const view = await open(tracker, "/manage/lists?list=clients");
  const field = view.page.getByLabel("New entries, one a line");
  await view.button("Remove -AA").focus();
  await view.page.keyboard.press("Enter");
  await view.see("-AA is off the list.");
  await view.button("Remove -AA").waitFor({ state: "detached" });
  const focused = () =>
    view.page.evaluate(() => [document.activeElement?.tagName, document.activeElement?.textContent]);
  assert.deepEqual(await focused(), ["LI", "-BB"], "the row in its place, and not what removes that");
  await field.focus();
  await view.page.keyboard.type("-DD");
  await view.page.keyboard.press("Control+z");
  assert.equal(await view.button("Undo").count(), 1, "in a field the key is the field's");
  assert.equal(await field.inputValue(), "");
  await view.page.keyboard.type("-EE");
  await view.button("Remove -BB").focus();
  await view.page.keyboard.press("Control+z");
  await view.see("Taken back.");
  await view.button("Remove -AA").waitFor();
  assert.equal(await field.inputValue(), "-EE", "outside of it the key isn't the field's");
});

test("Torrents are dropped onto the page", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker, "/manage");
  await view.see("No torrents are registered");
  const bytes = [...torrentOf("dropped.iso", 1_000_000)];
  const transfer = await view.page.evaluateHandle((bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], "dropped.torrent"));
    return transfer;
  }, bytes);
  await view.page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
  await view.page.locator(".drop.over").waitFor();
  await view.page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  await view.page.locator("table.torrents").getByText("dropped.iso").waitFor();
});

test("An address that is refused is refused from the next announce on, until it is taken off", async ({ open, start }) => {
  const tracker = await start();
  const announce = { infoHash: strangeHash(1), port: 6881 };
  const view = await open(tracker, "/manage/lists?list=addresses", { refusals: 1 });
  await view.see("Nothing is on this list.");
  await view.page.getByLabel("New entries, one a line").fill("127.0.0.0/8\nnonsense");
  await view.button("Add").click();
  await view.page.getByRole("alert").getByText(/^Line 2, "nonsense": Cannot use this address/).waitFor();
  assert.equal(await tracker.refusal(announce), null, "all of them or none");
  await view.page.getByLabel("New entries, one a line").fill("127.0.0.0/8\n198.51.100.7");
  await view.button("Add").click();
  await view.see("2 entries are new on the list “Addresses”.");
  await view.see("Addresses (2)");
  assert.notEqual(await tracker.refusal(announce), null);
  await view.button("Remove 127.0.0.0/8").click();
  await view.see("127.0.0.0/8 is off the list.");
  assert.equal(await tracker.refusal(announce), null);
  await view.button("Undo").click();
  await view.page.locator(".entries").getByText("127.0.0.0/8").waitFor();
  assert.notEqual(await tracker.refusal(announce), null);
});

test("Info hashes and clients are denied and allowed, and the mode decides about all others", async ({ open, start }) => {
  const tracker = await start();
  const refusal = (hash: number, client = "-SE0100-") =>
    tracker.refusal({ infoHash: strangeHash(hash), port: 6881, client });
  const view = await open(tracker, "/manage/lists");
  const add = async (list: string, entry: string) => {
    await view.page.getByRole("radio", { name: new RegExp(`^${list} \\(`) }).check();
    await view.page.getByRole("heading", { name: list, exact: true }).waitFor();
    await view.page.getByLabel("New entries, one a line").fill(entry);
    await view.button("Add").click();
    await view.page.locator(".entries").getByText(entry).waitFor();
  };
  await add("Denied", strangeHash(1));
  assert.notEqual(await refusal(1), null);
  await add("Clients", "-XL");
  assert.notEqual(await refusal(2, "-XL0012-"), null);
  assert.equal(await refusal(2), null);
  await add("Allowed", strangeHash(3));
  await view.page.getByRole("radio", { name: "Allowed and registered torrents only" }).check();
  await view.see("Only listed torrents are served.");
  assert.notEqual(await refusal(2), null);
  assert.equal(await refusal(3), null);
  await view.page.getByRole("radio", { name: "Every torrent that isn’t denied" }).check();
  await view.see("Every torrent that isn’t denied is served.");
  assert.equal(await refusal(2), null);
  await view.button("Undo").last().click();
  await view.page.getByRole("radio", { name: "Allowed and registered torrents only", checked: true })
    .waitFor();
  assert.notEqual(await refusal(2), null);
});

test("Limits and intervals change with the next announce; what can't be is said before it is sent", async ({ open, start }) => {
  const tracker = await start();
  const interval = async () => {
    const query = `info_hash=${"%01".repeat(20)}&peer_id=-SE0100-abcdefghijkl&port=6881&left=0`;
    const answer = await (await fetch(`${tracker.origin}/announce?${query}`)).text();
    return Number(/8:intervali(\d+)e/.exec(answer)?.[1]);
  };
  const view = await open(tracker, "/manage/settings");
  const field = view.page.getByLabel(/^Announce interval/);
  await field.fill("900");
  await view.see("One change isn’t saved.");
  await view.button("Save").click();
  await view.see("One setting is changed.");
  assert.equal(await interval(), 900);
  await view.see(/1,800 at the start/);
  await view.button("Undo").click();
  await view.miss(/at the start/);
  assert.equal(await field.inputValue(), "1800");
  assert.equal(await interval(), 1800);
  await field.fill("900");
  await view.button("Save").click();
  await view.see(/1,800 at the start/);
  await field.fill("0");
  await view.see(/^Must be 1 to/);
  assert.equal(await view.button("Save").isDisabled(), true);
  await field.fill("soon");
  await view.see("Must be a whole number.");
  await field.fill("1800");
  await view.button("Save").click();
  await view.miss(/at the start/);
  assert.equal(await interval(), 1800);
});

test("What is typed while a change is on its way stays, and what was saved isn't what it was again", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker, "/manage/settings");
  const interval = view.page.getByLabel(/^Announce interval/);
  const port = view.page.getByLabel(/^Lowest port/);
  await interval.fill("900");
  const answer = Promise.withResolvers<void>();
  let isSaved = false;
  await view.page.route("**/api/settings", async (route) => {
    if (route.request().method() === "PATCH") {
      const response = await route.fetch();
      await answer.promise;
      isSaved = true;
      await route.fulfill({ response });
      // Other answers are from before, and say so once it is saved only.
    } else if (!isSaved) await route.continue();
  });
  await view.button("Save").click();
  await port.fill("2048");
  answer.resolve();
  await view.see("One setting is changed.");
  await view.see("One change isn’t saved.");
  assert.equal(await interval.inputValue(), "900");
  assert.equal(await port.inputValue(), "2048");
  await view.button("Back to what it was").click();
  await view.miss("One change isn’t saved.");
  await view.page.unrouteAll({ behavior: "ignoreErrors" });
});

test("Why settings could not be saved is forgotten with what was typed", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker, "/manage/settings", { refusals: 1 });
  await view.page.getByLabel(/^Least interval/).fill("7000");
  await view.button("Save").click();
  const problem = view.page.getByRole("alert").filter({ hasText: "Cannot" });
  await problem.waitFor();
  await view.button("Back to what it was").click();
  await problem.waitFor({ state: "detached" });
});

test("Entries that are typed while others are on their way stay", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker, "/manage/lists");
  const field = view.page.getByLabel("New entries, one a line");
  await field.fill(strangeHash(1));
  const answer = Promise.withResolvers<void>();
  await view.page.route("**/api/lists/deny", async (route) => {
    if (route.request().method() === "POST") await answer.promise;
    await route.continue();
  });
  await view.button("Add").click();
  await field.fill(strangeHash(2));
  answer.resolve();
  await view.see("One entry is new on the list “Denied”.");
  assert.equal(await field.inputValue(), strangeHash(2));
  await view.page.unrouteAll({ behavior: "ignoreErrors" });
});

test("The audit log tells who changed what", async ({ open, start }) => {
  const tracker = await start();
  await tracker.api("PUT", `lists/deny/${strangeHash(5)}`);
  const view = await open(tracker, "/manage/audit");
  const row = view.page.locator("table.audit tbody tr").filter({ hasText: "Added to a list" });
  await row.getByText(strangeHash(5)).waitFor();
  await row.getByText("127.0.0.1").waitFor();
  await row.getByText("by a script").waitFor();
  await view.see("Signed in");
});

test("Ages are right on a page that shows nothing live, from its first answer on", async ({ open, start }) => {
  const tracker = await start();
  const view = await open(tracker, "/swarms");
  await view.see("No swarms yet");
  await view.page.route("**/api/audit*", async (route) => {
    const answer = await (await route.fetch()).json();
    for (const entry of answer.entries) entry.time -= 3 * 3_600_000;
    await route.fulfill({ json: answer });
  });
  await view.page.goto(`${tracker.origin}/manage/audit`);
  await view.see("3 h ago");
});

test("A change that fails is said in words", async ({ open, start }) => {
  const tracker = await start();
  await tracker.api("PUT", `lists/deny/${strangeHash(5)}`);
  const view = await open(tracker, "/manage/lists", { isInterrupted: true });
  await view.button(`Remove ${strangeHash(5)}`).waitFor();
  await tracker.stop();
  await view.button(`Remove ${strangeHash(5)}`).click();
  await view.see("That did not work: The tracker can’t be reached.");
  await view.page.getByRole("button", { name: "Put away" }).click();
  await view.miss("That did not work: The tracker can’t be reached.");
});
