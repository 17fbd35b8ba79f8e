// Swarms and their peers over HTTP. The JSON is described in admin_api.ts; what is answered, swarm_table.ts, swarm_peers.ts
// and swarm_details.ts decide.

import { type Context, Hono } from "hono";
import { encodeCompact4, encodeCompact6 } from "../protocol/compact.ts";
import { fromBinary, fromHex, toBinary, toHex } from "../protocol/bytes.ts";
import type { AdminAnswers } from "./admin_answers.ts";
import type { PeerSort, SwarmFilter, SwarmSort } from "./admin_api.ts";
import { type AdminEnv, fail, whoOf } from "./admin_guard.ts";
import type { AuditLog } from "./audit_log.ts";
import type { Clocks } from "./peer_rows.ts";
import { announceUrl, choice, origin, searchOf, wholeNumber } from "./query.ts";
import type { SwarmDetails } from "./swarm_details.ts";
import type { SwarmPeers } from "./swarm_peers.ts";
import type { SwarmTable } from "./swarm_table.ts";
import type { WebPeer } from "./web_swarms.ts";

/** Rows in one answer: more than the tallest screen. */
const MAX_LIMIT = 200;
const DEFAULT_LIMIT = 50;
/** No table is longer. */
const MAX_OFFSET = 16_000_000;
/** Longest cursor that was ever given out. */
const MAX_CURSOR = 40;

const SWARM_SORTS = ["lastAnnounce", "name", "seeders", "leechers", "peers", "completed", "size"] as const;
const PEER_SORTS = [
  "lastSeen",
  "address",
  "client",
  "progress",
  "uploaded",
  "downloaded",
  "uploadRate",
  "downloadRate",
  "protocol",
] as const;
const FILTERS = ["dead", "no-seeder", "registered", "denied"] as const;

/** What the routes lead to. */
export interface SwarmRoutesParts {
  about: { announcePort: number | null };
  answers: AdminAnswers;
  table: SwarmTable;
  peers: SwarmPeers;
  details: SwarmDetails;
  audit: AuditLog;
  web: { drop(peer: WebPeer): void };
  clocks: () => Clocks;
}

/** The routes below /api/swarms, behind signedIn(). */
export function swarmRoutes(
  { about, answers, audit, clocks, details, peers, table, web }: SwarmRoutesParts,
): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  app.get("/", (c) => {
    const sort: SwarmSort | undefined = choice(c, "sort", SWARM_SORTS, "lastAnnounce");
    const filter = c.req.query("filter") ?? "";
    const known: SwarmFilter | undefined = FILTERS.find((each) => each === filter);
    if (sort === undefined || (filter !== "" && known === undefined)) return badQuery(c);
    const window = windowOf(c);
    if (window === undefined) return badQuery(c);
    const question = { ...window, sort, filter: known, search: searchOf(c) };
    return answers.send(c, `swarms ${JSON.stringify(question)}`, () => table.answer(question, clocks));
  });
  app.get("/:hash", async (c) => {
    const infoHash = binaryHash(c);
    if (infoHash === undefined) return noSwarm(c);
    const where = { origin: origin(c), announceUrl: announceUrl(c, about.announcePort) };
    const question = `swarm ${toHex(fromBinary(infoHash))} ${where.origin}`;
    return await answers.send(c, question, () => details.make(infoHash, where, clocks())) ?? noSwarm(c);
  });
  app.get("/:hash/peers", async (c) => {
    const infoHash = binaryHash(c);
    if (infoHash === undefined) return noSwarm(c);
    const sort: PeerSort | undefined = choice(c, "sort", PEER_SORTS, "lastSeen");
    const window = windowOf(c);
    if (sort === undefined || window === undefined) return badQuery(c);
    const question = { ...window, sort };
    const key = `peers ${toHex(fromBinary(infoHash))} ${JSON.stringify(question)}`;
    const answer = await answers.send(c, key, () => {
      const open = details.open(infoHash);
      if (open !== undefined) return peers.answer(open, question, clocks);
      return details.knows(infoHash) ? peers.none(infoHash, question, clocks()) : undefined;
    });
    return answer ?? noSwarm(c);
  });
  app.delete("/:hash/peers/:address", async (c) => {
    const infoHash = binaryHash(c);
    const open = infoHash === undefined ? undefined : details.open(infoHash);
    if (open === undefined) return noSwarm(c);
    const address = c.req.param("address");
    const endpoint = endpointOf(address);
    if (endpoint === undefined) {
      return fail(c, 400, 'Cannot drop this peer: must be as in "192.0.2.1:6881" or "[2001:db8::1]:6881"');
    }
    const changed = await peers.drop(open, endpoint, web);
    if (changed) audit.note(whoOf(c), "peer-dropped", toHex(fromBinary(open.infoHash)), address);
    return c.json({ changed });
  });
  return app;
}

/** The part of a table that is asked for. */
function windowOf(c: Context) {
  const order = choice(c, "order", ["desc", "asc"] as const, "desc");
  const offset = wholeNumber(c.req.query("offset"), 0, MAX_OFFSET);
  const limit = wholeNumber(c.req.query("limit"), DEFAULT_LIMIT, MAX_LIMIT);
  const since = c.req.query("since");
  if (order === undefined || offset === undefined || limit === undefined) return undefined;
  return {
    order,
    offset,
    limit,
    since: since === undefined || since.length > MAX_CURSOR ? undefined : since,
  };
}

function binaryHash(c: Context): string | undefined {
  const hex = c.req.param("hash") ?? "";
  return /^[0-9a-f]{40}$/i.test(hex) ? toBinary(fromHex(hex)) : undefined;
}

/** Address and port in compact form. */
function endpointOf(text: string): Uint8Array | undefined {
  const [, ip6, ip4, port = ""] = /^(?:\[([0-9a-f:.]+)\]|([\d.]+)):(\d{1,5})$/i.exec(text) ?? [];
  const peer = { ip: ip6 ?? ip4 ?? "", port: Number(port) };
  if (peer.port > 65535) return undefined;
  const endpoint = ip6 === undefined ? encodeCompact4([peer]) : encodeCompact6([peer]);
  return endpoint.length > 0 ? endpoint : undefined;
}

function badQuery(c: Context): Response {
  return fail(c, 400, "Cannot read the query: a sort, order, filter, offset or limit can't be this");
}

function noSwarm(c: Context): Response {
  return fail(c, 404, "There is no such swarm");
}
