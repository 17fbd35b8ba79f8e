// Open admin pages, as many as are wanted: ORIGIN TOKEN PAGES SECONDS VIEW. Each asks as the page in a browser does, by the
// same code, opened at some moment of a second; VIEW is "overview", "swarms" or "swarm", which is the largest one. Prints how
// many answers came, and of how many it was enough to say that nothing is new.

import { ApiClient } from "../../../admin/client.ts";
import { Clock } from "../../../admin/clock.ts";
import { Feeds } from "../../../admin/feeds/mod.ts";
import { Poller } from "../../../admin/poller.ts";
import type { Route } from "../../../admin/router.ts";
import { Session } from "../../../admin/session.ts";
import type { SwarmsAnswer } from "../../../tracker/admin_api.ts";

const [origin = "", token = "", pages, seconds, view] = Deno.args;
const SECOND_MS = 1000;

let [answers, unchanged] = [0, 0];

async function ask(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const headers = { ...init?.headers as Record<string, string>, authorization: `Bearer ${token}` };
  const response = await fetch(`${origin}${input}`, { ...init, headers });
  answers++;
  if (response.status === 304) unchanged++;
  else if (response.status !== 200) throw new Error(`A page was not answered: got ${response.status}`);
  return response;
}

async function routeOf(view: string | undefined): Promise<Route> {
  if (view === "overview" || view === "swarms") return { page: view };
  const answer = await (await ask("/api/swarms?sort=peers&limit=1")).json() as SwarmsAnswer;
  return { page: "swarm", infoHash: answer.rows[0]?.infoHash ?? "" };
}

/** One page. Returns what closes it. */
async function open(route: Route): Promise<() => void> {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * SECOND_MS));
  const client = new ApiClient(ask);
  const session = new Session(client, null, () => {});
  const feed = new Feeds({ client, clock: new Clock(() => performance.now()) }, session).open(route);
  const poller = new Poller({
    load: async (signal) => {
      await session.settle(signal);
      return await feed?.load(signal) ?? true;
    },
    now: () => performance.now(),
    startTimer: (callback, ms) => {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
  });
  poller.resume();
  return () => poller.pause();
}

const route = await routeOf(view);
const closing = await Promise.all(Array.from({ length: Number(pages) }, () => open(route)));
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * SECOND_MS));
for (const close of closing) close();
console.log(`${answers} ${unchanged}`);
