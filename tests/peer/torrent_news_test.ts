import assert from "node:assert/strict";
import type { TorrentEvent } from "../../peer/events.ts";
import { TorrentNews } from "../../peer/torrent_news.ts";
import { makeTorrent } from "../support/make_torrent.ts";
import { ReportedErrors } from "../support/reported_errors.ts";

async function newNews() {
  const { metainfo } = await makeTorrent({ files: 100 * 16384, pieceLength: 16384 });
  const news = new TorrentNews(metainfo);
  const heard: TorrentEvent[] = [];
  return { news, heard, end: news.subscribe((event) => heard.push(event)) };
}

Deno.test("TorrentNews tells of a state as progress, to those who listen, until they don't", async () => {
  const { news, heard, end } = await newNews();
  assert.equal(news.state, "checking");
  news.state = "downloading";
  news.tell({ type: "checked", have: 1, pieces: 100, hashed: 0 });
  assert.deepEqual(heard.map((event) => [event.type, "state" in event ? event.state : ""]), [
    ["progress", "downloading"],
    ["checked", ""],
  ]);
  assert.equal(news.isHeard, true);
  end();
  news.state = "seeding";
  assert.deepEqual([news.isHeard, news.state, heard.length], [false, "seeding", 2]);
});

Deno.test("TorrentNews tells of a check five times a second, however many pieces are looked at", async () => {
  const { news, heard } = await newNews();
  for (let piece = 0; piece < 100; piece++) news.pieceChecked(5_000 + piece * 10);
  const progress = heard.map((event) => event.type === "progress" ? event.progress : -1);
  assert.deepEqual(progress, [0.21, 0.41, 0.61, 0.81]);
});

Deno.test("TorrentNews tells an event to those who listened before it, not to who begins or has ended meanwhile", async () => {
  const { news } = await newNews();
  const heard: string[] = [];
  const tell = (have: number) => news.tell({ type: "checked", have, pieces: 100, hashed: 0 });
  let end = news.subscribe(function again(event) {
    heard.push(`again ${"have" in event ? event.have : ""}`);
    assert.ok(heard.length < 10, "one event is enough for ever");
    end();
    end = news.subscribe(again);
    endOther();
  });
  const endOther = news.subscribe(() => heard.push("other"));
  tell(1);
  tell(2);
  assert.deepEqual(heard, ["again 1", "again 2"]);
});

Deno.test("TorrentNews tells one listener that is there twice everything twice, until either is ended", async () => {
  const { news } = await newNews();
  let heard = 0;
  const listen = () => heard++;
  const end = news.subscribe(listen);
  news.subscribe(listen);
  news.tell({ type: "checked", have: 1, pieces: 100, hashed: 0 });
  assert.equal(heard, 2);
  end();
  end();
  news.tell({ type: "checked", have: 2, pieces: 100, hashed: 0 });
  assert.equal(heard, 3);
});

Deno.test("TorrentNews reports what a listener throws, and tells all others", async () => {
  using reported = new ReportedErrors();
  const { news } = await newNews();
  const bug = new Error("a listener's bug");
  const heard: string[] = [];
  news.subscribe(() => {
    throw bug;
  });
  news.subscribe((event) => heard.push(event.type));
  news.tell({ type: "checked", have: 1, pieces: 100, hashed: 0 });
  news.tell({ type: "checked", have: 2, pieces: 100, hashed: 0 });
  assert.deepEqual(heard, ["checked", "checked"]);
  assert.deepEqual(reported.errors, [bug, bug], "it goes on hearing, too");
});
