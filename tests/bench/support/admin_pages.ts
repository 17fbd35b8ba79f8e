// Open admin pages, as many as are wanted: ORIGIN TOKEN PAGES SECONDS. Each asks once a second for the overview and the
// events, every ten seconds for the plot's last points, as the page does while it is shown. Prints how many answers came,
// of which how many said that nothing was new, and their bytes as they travelled.

const [origin = "", token = "", pages, seconds] = Deno.args;
const SECOND_MS = 1000;
const endsAt = performance.now() + Number(seconds) * SECOND_MS;

let [answers, unchanged, bytes] = [0, 0, 0];

async function ask(path: string, etag?: string): Promise<{ etag: string | undefined; json: unknown }> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, "accept-encoding": "gzip" };
  if (etag !== undefined) headers["if-none-match"] = etag;
  const response = await fetch(origin + path, { headers });
  answers++;
  if (response.status === 304) unchanged++;
  else if (response.status !== 200) throw new Error(`A page was not answered: got ${response.status}`);
  const text = await response.text();
  bytes += text.length;
  return {
    etag: response.headers.get("etag") ?? undefined,
    json: text === "" ? undefined : JSON.parse(text),
  };
}

/** One page, which was opened at some moment of a second. */
async function open(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * SECOND_MS));
  let etag: string | undefined;
  let after = 0;
  let last = 0;
  for (let n = 0; performance.now() < endsAt; n++) {
    const next = performance.now() + SECOND_MS;
    const [overview, events] = await Promise.all([
      ask("/api/overview", etag),
      ask(`/api/events?after=${after}`),
    ]);
    etag = overview.etag;
    after = (events.json as { next: number } | undefined)?.next ?? after;
    if (n % 10 === 0) {
      const { json } = await ask(`/api/history?range=hour&from=${last}`);
      last = (json as { time: number[] } | undefined)?.time.at(-1) ?? last;
    }
    await new Promise((resolve) => setTimeout(resolve, next - performance.now()));
  }
}

await Promise.all(Array.from({ length: Number(pages) }, open));
console.log(`${answers} ${unchanged} ${bytes}`);
