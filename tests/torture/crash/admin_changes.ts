// Changes of a tracker that its operator makes one after the other, and what must be kept of them.

import { AccessLists } from "../../../tracker/access_lists.ts";
import { DataFile } from "../../../tracker/data_file.ts";
import { ADMIN } from "../../support/programs.ts";
import type { SeededRandom } from "../../support/random.ts";

/** What a tracker keeps of its operator's changes. */
interface Kept {
  mode: string;
  deny: Set<string>;
  intervalSeconds: number | undefined;
}

interface Change {
  method: string;
  path: string;
  body?: string;
  make(kept: Kept): void;
}

/** All of them, each of which changes something, made once and then read as often as there are cuts. */
export class AdminChanges {
  readonly #changes: Change[] = [];

  get count(): number {
    return this.#changes.length;
  }

  /** Makes one, and waits for its answer. */
  async make(origin: string, random: SeededRandom): Promise<void> {
    const change = this.#next(random);
    this.#changes.push(change);
    const { body, method, path } = change;
    const response = await fetch(`${origin}${path}`, {
      method,
      // Not packed: to be found in the record.
      headers: { ...ADMIN, "accept-encoding": "identity" },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (response.status !== 200) {
      throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
    }
  }

  /** What must be kept after so many of them, in words. */
  keptAfter(count: number): string {
    return inWords(this.#after(count));
  }

  #after(count: number): Kept {
    const kept: Kept = { mode: "open", deny: new Set(), intervalSeconds: undefined };
    for (const { make } of this.#changes.slice(0, count)) make(kept);
    return kept;
  }

  #next(random: SeededRandom): Change {
    const number = this.count;
    const { deny, mode: before } = this.#after(number);
    switch (random.below(5)) {
      case 0: {
        const mode = before === "open" ? "listed" : "open";
        return {
          ...{ method: "PUT", path: "/api/lists", body: JSON.stringify({ mode }) },
          make: (kept) => kept.mode = mode,
        };
      }
      case 1: {
        const intervalSeconds = 900 + number;
        return {
          ...{ method: "PATCH", path: "/api/settings", body: JSON.stringify({ intervalSeconds }) },
          make: (kept) => kept.intervalSeconds = intervalSeconds,
        };
      }
      case 2: {
        const entry = [...deny][random.below(deny.size)];
        if (entry === undefined) break;
        return {
          ...{ method: "DELETE", path: `/api/lists/deny/${entry}` },
          make: (kept) => void kept.deny.delete(entry),
        };
      }
    }
    const entry = number.toString(16).padStart(40, "0");
    return {
      ...{ method: "PUT", path: `/api/lists/deny/${entry}` },
      make: (kept) => void kept.deny.add(entry),
    };
  }
}

/** What the next start finds in a data file, in the same words; and how many changes it has noted. */
export function keptIn(path: string): { kept: string; noted: number } {
  const data = DataFile.open(path);
  try {
    const lists = new AccessLists();
    data.loadLists(lists);
    const rules = data.adminRecords.rules();
    const kept = {
      mode: lists.mode,
      deny: new Set(lists.entries("deny")),
      intervalSeconds: rules.get("intervalSeconds"),
    };
    return { kept: inWords(kept), noted: data.adminRecords.audit({ limit: 500 }).length };
  } finally {
    data.close();
  }
}

function inWords({ deny, intervalSeconds, mode }: Kept): string {
  return `mode ${mode}, interval ${intervalSeconds ?? "as given"}, denied: ${[...deny].sort().join(" ")}`;
}
