// The lists over HTTP, for the operator and his programs. What is answered with 200 is in the data file.
//
//   GET    /api/lists                             ListsAnswer
//   PUT    /api/lists                             {"mode":"listed"}: likewise
//   GET    /api/lists/LIST?offset=&limit=&search= ListAnswer
//   POST   /api/lists/LIST                        many entries, one a line: EntriesAdded
//   GET    /api/lists/LIST/ENTRY                  EntryAnswer
//   PUT    /api/lists/LIST/ENTRY                  EntryChanged
//   DELETE /api/lists/LIST/ENTRY                  Removed

import { type Context, Hono } from "hono";
import {
  ACCESS_MODES,
  type AccessLists,
  type AccessMode,
  LIST_NAMES,
  ListError,
  type ListName,
} from "./access_lists.ts";
import type {
  EntriesAdded,
  EntryAnswer,
  EntryChanged,
  ListAnswer,
  ListsAnswer,
  Removed,
} from "./admin_api.ts";
import { type AdminEnv, fail, whoOf } from "./admin_guard.ts";
import type { AuditLog } from "./audit_log.ts";
import type { DataFile } from "./data_file.ts";
import { addEntries } from "./list_additions.ts";
import { searchEntries } from "./list_search.ts";
import { nextTurn } from "./next_turn.ts";
import { searchOf, wholeNumber } from "./query.ts";
import { readBody, readJson } from "./request_body.ts";
import { Slices } from "./sliced_order.ts";
import type { UndoShelf } from "./undo_shelf.ts";

/** Most bytes of a body: 200,000 info hashes. */
const MAX_BODY_BYTES = 8 << 20;
const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 10_000;
/** Bytes of a body that are made text in one go. */
const DECODED_AT_ONCE = 32 << 10;
/** Memory of an entry that can be put back, about. */
const ENTRY_BYTES = 300;

/** What the routes need. */
export interface ListsParts {
  lists: AccessLists;
  data: DataFile;
  audit: AuditLog;
  undo: UndoShelf;
  clocks: () => { now: number };
}

/** The routes below /api/lists, behind signedIn(). */
export function listsRoutes({ audit, clocks, data, lists, undo }: ListsParts): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  const slicing = { now: () => clocks().now, pause: nextTurn };
  app.get("/", (c) => c.json(overview(lists)));
  app.put("/", async (c) => {
    const mode = await readMode(c);
    if (mode === undefined) return fail(c, 400, `Cannot set the mode: must be ${ACCESS_MODES.join(" or ")}`);
    const former = lists.mode;
    data.setSetting("mode", mode);
    lists.mode = mode;
    if (mode !== former) audit.note(whoOf(c), "mode-set", mode, `${former} to ${mode}`);
    return c.json(overview(lists));
  });
  app.get("/:list", async (c) => {
    const list = listOf(c);
    if (list === undefined) return noSuchList(c);
    const offset = wholeNumber(c.req.query("offset"), 0, Number.MAX_SAFE_INTEGER);
    const limit = wholeNumber(c.req.query("limit"), DEFAULT_LIMIT, MAX_LIMIT);
    if (offset === undefined || limit === undefined) {
      return fail(c, 400, "Cannot read the query: offset and limit must be whole numbers");
    }
    const search = searchOf(c);
    if (search === "") {
      return c.json<ListAnswer>({ entries: lists.entries(list, { offset, limit }), total: lists.size(list) });
    }
    return c.json<ListAnswer>(await searchEntries(lists.each(list), { search, offset, limit }, slicing));
  });
  app.post("/:list", async (c) => {
    const list = listOf(c);
    if (list === undefined) return noSuchList(c);
    const body = await readBody(c.req.raw, MAX_BODY_BYTES);
    if (body === undefined) return fail(c, 413, `Cannot read the entries: at most ${MAX_BODY_BYTES} bytes`);
    return await answer<EntriesAdded>(c, async () => {
      const added = await addAll(list, linesOf(body));
      if (added.length === 1) audit.note(whoOf(c), "entry-added", `${list} ${added[0]}`);
      else if (added.length > 1) audit.note(whoOf(c), "entry-added", list, `${added.length} entries`);
      return { added: added.length };
    });
  });
  app.get("/:list/:entry{.+}", async (c) => {
    const list = listOf(c);
    if (list === undefined) return noSuchList(c);
    return await answer<EntryAnswer>(c, () => {
      const entry = lists.canonical(list, c.req.param("entry"));
      return { entry, listed: lists.has(list, entry) };
    });
  });
  app.put("/:list/:entry{.+}", async (c) => {
    const list = listOf(c);
    if (list === undefined) return noSuchList(c);
    return await answer<EntryChanged>(c, async () => {
      const entry = lists.canonical(list, c.req.param("entry"));
      const changed = (await addAll(list, [entry])).length > 0;
      if (changed) audit.note(whoOf(c), "entry-added", `${list} ${entry}`);
      return { entry, changed };
    });
  });
  app.delete("/:list/:entry{.+}", async (c) => {
    const list = listOf(c);
    if (list === undefined) return noSuchList(c);
    return await answer<Removed>(c, () => {
      const entry = lists.canonical(list, c.req.param("entry"));
      // The file first: what can't be written there stays.
      data.removeEntries(list, [entry]);
      if (lists.remove(list, entry) === undefined) return { changed: false, undo: null };
      const subject = `${list} ${entry}`;
      audit.note(whoOf(c), "entry-removed", subject);
      const thing = { bytes: ENTRY_BYTES, subject, restore: async () => void await addAll(list, [entry]) };
      return { changed: true, undo: undo.put(thing, clocks().now) };
    });
  });
  return app;

  function addAll(list: ListName, lines: Iterable<string>): Promise<string[]> {
    return addEntries(list, lines, { lists, data }, new Slices(slicing));
  }
}

/** The lines of a body, without what stands around them. */
function* linesOf(body: Uint8Array): Generator<string> {
  const decoder = new TextDecoder();
  let line = "";
  for (let at = 0; at < body.length; at += DECODED_AT_ONCE) {
    const [rest = "", ...lines] = decoder.decode(body.subarray(at, at + DECODED_AT_ONCE), { stream: true })
      .split("\n");
    line += rest;
    for (const next of lines) {
      yield line.trim();
      line = next;
    }
  }
  yield (line + decoder.decode()).trim();
}

function overview(lists: AccessLists): ListsAnswer {
  const [allow = 0, deny = 0, addresses = 0, clients = 0] = LIST_NAMES.map((name) => lists.size(name));
  return { mode: lists.mode, sizes: { allow, deny, addresses, clients } };
}

async function readMode(c: Context): Promise<AccessMode | undefined> {
  const body = await readJson(c.req.raw, MAX_BODY_BYTES);
  if (typeof body !== "object" || body === null || !("mode" in body)) return undefined;
  return ACCESS_MODES.find((each) => each === body.mode);
}

/** Answers with what is known of an entry, or what a change came to. */
async function answer<Answer extends object>(
  c: Context,
  make: () => Answer | Promise<Answer>,
): Promise<Response> {
  try {
    return c.json(await make());
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    return fail(c, 400, error.message);
  }
}

function listOf(c: Context): ListName | undefined {
  const name = c.req.param("list");
  return LIST_NAMES.find((each) => each === name);
}

function noSuchList(c: Context): Response {
  return fail(c, 404, `There is no such list: there are ${LIST_NAMES.join(", ")}`);
}
