import assert from "node:assert/strict";
import { SAMPLED } from "../../tracker/latency_histogram.ts";
import { LEAST, TestApp } from "./http.ts";

/** The samples of GET /metrics by their name and labels, after checking that every line is one of the format's. */
async function metrics(app: TestApp): Promise<Map<string, number>> {
  const response = await app.get("/metrics");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(response.headers.get("cache-control"), "no-store");
  const text = await response.text();
  assert.ok(text.endsWith("\n"));
  const samples = new Map<string, number>();
  let family = "";
  for (const line of text.trimEnd().split("\n")) {
    const head = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (head !== null) {
      if (head[1] === "TYPE") {
        assert.equal(head[2], family, "the type follows its help");
        assert.match(head[3] ?? "", /^(counter|gauge|histogram)$/);
        assert.equal(head[3] === "counter", family.endsWith("_total"));
      }
      family = head[2] ?? "";
      continue;
    }
    const sample = /^([a-z_]+)(\{(?:[a-z]+="[^"\\]*",?)+\})? ([\d.e+-]+)$/.exec(line);
    assert.ok(sample !== null, `no sample: ${line}`);
    const [, name = "", labels = "", value] = sample;
    assert.ok(name === family || /_(bucket|sum|count)$/.test(name.slice(family.length)), line);
    assert.ok(!samples.has(name + labels), `twice: ${line}`);
    samples.set(name + labels, Number(value));
  }
  return samples;
}

Deno.test("GET /metrics counts announces by event, scrapes, refusals by reason, swarms and peers", async () => {
  const app = await TestApp.create({ maxSwarms: 1 });
  await app.bencode(`/announce?${LEAST}&left=0&event=started`);
  await app.bencode(`/announce?${LEAST}&left=0&event=completed`);
  await app.bencode(`/announce?${LEAST}&left=0`);
  await app.bencode(`/announce?${LEAST}&left=5`, "198.51.100.2");
  await app.bencode(`/announce?${LEAST.replace("%00", "%01")}`);
  await app.bencode("/announce?port=x");
  await app.bencode("/scrape");
  await app.bencode(`/scrape?${LEAST}`);
  const samples = await metrics(app);
  const of = (name: string) => samples.get(`seedling_tracker_${name}`);
  assert.equal(of('announces_total{protocol="http",event="started"}'), 1);
  assert.equal(of('announces_total{protocol="http",event="completed"}'), 1);
  assert.equal(of('announces_total{protocol="http",event="none"}'), 2);
  assert.equal(of('announces_total{protocol="http",event="stopped"}'), 0);
  assert.equal(of('announces_total{protocol="udp",event="none"}'), 0);
  assert.equal(of('scrapes_total{protocol="http"}'), 1);
  assert.equal(of('rejections_total{protocol="http",reason="malformed"}'), 2);
  assert.equal(of('rejections_total{protocol="http",reason="full"}'), 1);
  assert.equal(of("swarms"), 1);
  assert.equal(of('peers{role="seeder"}'), 1);
  assert.equal(of('peers{role="leecher"}'), 1);
  assert.equal(of("completed_total"), 1);
  assert.ok((of("store_bytes") ?? 0) > 0);
  assert.ok((samples.get("process_resident_memory_bytes") ?? 0) > 1e6);
  assert.ok((samples.get("process_start_time_seconds") ?? 0) > 1.5e9);
});

Deno.test("GET /metrics measures how long some of the announces take", async () => {
  const app = await TestApp.create();
  for (let i = 0; i < SAMPLED * 2; i++) await app.bencode(`/announce?${LEAST}`);
  const samples = await metrics(app);
  const of = (name: string) => samples.get(`seedling_tracker_announce_duration_seconds${name}`);
  assert.equal(of('_count{protocol="http"}'), 2);
  assert.equal(of('_bucket{protocol="http",le="+Inf"}'), 2);
  assert.equal(of('_bucket{protocol="http",le="0.000005"}'), 2, "the test's clock stands still");
});

Deno.test("GET /health says that the tracker serves", async () => {
  const app = await TestApp.create();
  const response = await app.get("/health");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.deepEqual(await response.json(), { status: "ok", version: "9.9", uptimeSeconds: 0 });
});
