// Answers of the tracker, with everything filled in but what a test is about, and a client that gives them.

import { ApiClient } from "../../admin/client.ts";
import { Clock } from "../../admin/clock.ts";
import type {
  AnnounceLine,
  EventsAnswer,
  HistoryAnswer,
  HistorySeries,
  Rows,
  SwarmRow,
} from "../../tracker/admin_api.ts";

/** "a" → an info hash of forty of them. */
export function hash(digit: string): string {
  return digit.repeat(40);
}

export function swarmRow(row: Partial<SwarmRow> = {}): SwarmRow {
  return {
    infoHash: hash("a"),
    name: null,
    totalBytes: 0,
    seeders: 0,
    leechers: 0,
    completed: 0,
    lastAnnounce: 0,
    registered: false,
    denied: false,
    ...row,
  };
}

/** All of a table. */
export function rowsAnswer(rows: SwarmRow[], more: Partial<Rows<SwarmRow>> = {}): Rows<SwarmRow> {
  const keys = rows.map(({ infoHash }) => infoHash);
  return { cursor: "c1", now: 1_000_000, total: rows.length, offset: 0, full: true, keys, rows, ...more };
}

export function announceLine(seq: number, line: Partial<AnnounceLine> = {}): AnnounceLine {
  return {
    kind: "announce",
    seq,
    time: 0,
    protocol: "http",
    infoHash: hash("a"),
    name: null,
    address: "192.0.2.1:6881",
    client: "Seedling 0.1.0",
    event: "none",
    left: 0,
    ...line,
  };
}

export function eventsAnswer(answer: Partial<EventsAnswer> = {}): EventsAnswer {
  const events = answer.events ?? [];
  return { epoch: "e1", next: events.at(-1)?.seq ?? 0, skipped: 0, ...answer, events };
}

/** Points at these seconds; each series is ten times the time. */
export function historyAnswer(time: number[], more: Partial<HistoryAnswer> = {}): HistoryAnswer {
  const values = time.map((second) => second * 10);
  const names: HistorySeries[] = [
    "swarms",
    "seeders",
    "leechers",
    "http",
    "udp",
    "websocket",
    "rejected",
    "completed",
    "bytesIn",
    "bytesOut",
    "memory",
  ];
  const series = Object.fromEntries(names.map((name) => [name, values])) as HistoryAnswer["series"];
  return { range: "hour", step: 10, time, series, ...more };
}

/** What a feed needs, with the answers that the tracker gives one after the other, and what was asked. */
export function answering(...answers: unknown[]) {
  const asked: { path: string; method: string; body: unknown }[] = [];
  const client = new ApiClient((input, { body, method = "GET" } = {}) => {
    asked.push({ path: String(input), method, body });
    const answer = answers[asked.length - 1];
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(answer instanceof Response ? answer : Response.json(answer ?? {}));
  });
  return { client, clock: new Clock(() => 5000), asked };
}

export const NEVER: AbortSignal = new AbortController().signal;
