// The lists over HTTP, for the operator and his programs. What is answered with 200 is in the data file.
//
//   GET    /api/lists                     {"mode":"open","sizes":{"allow":0,"deny":2,"addresses":1,"clients":0}}
//   PUT    /api/lists                     {"mode":"listed"}
//   GET    /api/lists/LIST?offset=&limit= {"entries":[…],"total":2}
//   POST   /api/lists/LIST                many entries, one a line: {"added":2}
//   PUT    /api/lists/LIST/ENTRY          {"entry":"192.0.2.0/24","changed":true}
//   DELETE /api/lists/LIST/ENTRY          the same

import { type Context, Hono } from "hono";
import {
  ACCESS_MODES,
  type AccessLists,
  type AccessMode,
  LIST_NAMES,
  ListError,
  type ListName,
} from "./access_lists.ts";
import type { AppEnv } from "./app.ts";
import type { DataFile } from "./data_file.ts";
import { readBody } from "./request_body.ts";

/** Most bytes of a body: 200,000 info hashes. */
const MAX_BODY_BYTES = 8 << 20;
const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 10_000;

/** The routes below /api/lists, without a guard. */
export function listsRoutes(lists: AccessLists, data: DataFile): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get("/", (c) => c.json(overview(lists)));
  app.put("/", async (c) => {
    const mode = await readMode(c);
    if (mode === undefined) return fail(c, `Cannot set the mode: must be ${ACCESS_MODES.join(" or ")}`);
    data.setSetting("mode", mode);
    lists.mode = mode;
    return c.json(overview(lists));
  });
  app.get("/:list", (c) => {
    const list = listOf(c);
    if (list === undefined) return noSuchList(c);
    const offset = wholeNumber(c.req.query("offset"), 0);
    const limit = Math.min(wholeNumber(c.req.query("limit"), DEFAULT_LIMIT), MAX_LIMIT);
    return c.json({ entries: lists.entries(list, { offset, limit }), total: lists.size(list) });
  });
  app.post("/:list", async (c) => {
    const list = listOf(c);
    if (list === undefined) return noSuchList(c);
    const body = await readBody(c.req.raw, MAX_BODY_BYTES);
    if (body === undefined) return fail(c, `Cannot read the entries: at most ${MAX_BODY_BYTES} bytes`, 413);
    const lines = new TextDecoder().decode(body).split("\n").map((line) => line.trim());
    return change(c, () => ({ added: addAll(list, lines.filter((line) => line !== "")) }));
  });
  app.put("/:list/:entry{.+}", (c) => {
    const list = listOf(c);
    if (list === undefined) return noSuchList(c);
    const entry = c.req.param("entry");
    return change(c, () => ({ changed: addAll(list, [entry]) > 0 }));
  });
  app.delete("/:list/:entry{.+}", (c) => {
    const list = listOf(c);
    if (list === undefined) return noSuchList(c);
    const entry = c.req.param("entry");
    return change(c, () => {
      const text = lists.remove(list, entry);
      if (text !== undefined) data.removeEntry(list, text);
      return { changed: text !== undefined };
    });
  });
  return app;

  /** All of them or, if one can't be an entry, none. Returns how many are new. */
  function addAll(list: ListName, entries: readonly string[]): number {
    const added: string[] = [];
    try {
      for (const entry of entries) {
        const text = lists.add(list, entry);
        if (text !== undefined) added.push(text);
      }
      data.addEntries(list, added);
    } catch (error) {
      for (const text of added) lists.remove(list, text);
      throw error;
    }
    return added.length;
  }
}

function overview(lists: AccessLists) {
  const sizes = Object.fromEntries(LIST_NAMES.map((name) => [name, lists.size(name)]));
  return { mode: lists.mode, sizes };
}

async function readMode(c: Context): Promise<AccessMode | undefined> {
  const body = await readBody(c.req.raw, MAX_BODY_BYTES);
  try {
    const { mode } = JSON.parse(new TextDecoder().decode(body));
    return ACCESS_MODES.find((each) => each === mode);
  } catch {
    return undefined;
  }
}

/** Answers with what a change came to. */
function change(c: Context, make: () => Record<string, unknown>): Response {
  try {
    return c.json(make());
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    return fail(c, error.message);
  }
}

function listOf(c: Context): ListName | undefined {
  const name = c.req.param("list");
  return LIST_NAMES.find((each) => each === name);
}

function noSuchList(c: Context): Response {
  return fail(c, `There is no such list: there are ${LIST_NAMES.join(", ")}`, 404);
}

function fail(c: Context, error: string, status: 400 | 404 | 413 = 400): Response {
  return c.json({ error }, status);
}

function wholeNumber(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}
