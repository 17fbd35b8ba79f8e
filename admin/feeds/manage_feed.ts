// What can be changed: torrents, lists, settings; and who changed what. Asked for less often than what is shown live, and
// at once after a change made here.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type {
  AuditAnswer,
  AuditEntry,
  ListAnswer,
  ListId,
  ListsAnswer,
  Session,
  Setting,
  SettingsAnswer,
  TorrentsAnswer,
} from "../../tracker/admin_api.ts";
import type { Section } from "../router.ts";
import type { Feed, FeedParts } from "./feed.ts";

export const LISTS = ["deny", "allow", "addresses", "clients"] as const satisfies ListId[];
/** Milliseconds for which an answer is good: others seldom change things at the same time. */
const FRESH_MS = 5000;
/** Entries of a list on the page; a longer one is searched. */
const LIST_ROWS = 200;
const AUDIT_ROWS = 50;
/** As many as the tracker gives at a time. */
const MAX_AUDIT_PAGE = 500;

export class ManageFeed implements Feed {
  readonly torrents: ReadonlySignal<TorrentsAnswer | null>;
  readonly torrentSearch: Signal<string> = signal("");
  readonly lists: ReadonlySignal<ListsAnswer | null>;
  readonly list: Signal<ListId> = signal("deny");
  readonly search: Signal<string> = signal("");
  /** Of the list that is open. */
  readonly entries: ReadonlySignal<ListAnswer | null>;
  readonly settings: ReadonlySignal<readonly Setting[] | null>;
  readonly audit: ReadonlySignal<readonly AuditEntry[] | null>;
  /** Whether there are older entries than those. */
  readonly hasMoreAudit: ReadonlySignal<boolean>;

  readonly #parts: FeedParts;
  readonly #torrents = signal<TorrentsAnswer | null>(null);
  readonly #lists = signal<ListsAnswer | null>(null);
  readonly #entries = signal<ListAnswer | null>(null);
  readonly #settings = signal<readonly Setting[] | null>(null);
  readonly #audit = signal<readonly AuditEntry[] | null>(null);
  readonly #hasMoreAudit = signal(false);
  #section: Section = "torrents";
  #auditRows = AUDIT_ROWS;
  /** What the answers that are here were asked for with, and until when they will do. */
  #fresh = { question: "", until: -Infinity };

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.torrents = this.#torrents;
    this.lists = this.#lists;
    this.entries = this.#entries;
    this.settings = this.#settings;
    this.audit = this.#audit;
    this.hasMoreAudit = this.#hasMoreAudit;
  }

  /** The section that is shown from now on. */
  open(section: Section): void {
    this.#section = section;
  }

  openList(list: ListId): void {
    if (list === this.list.peek()) return;
    this.#entries.value = null;
    this.search.value = "";
    this.list.value = list;
  }

  /** What is here may have changed: the next poll asks. */
  expire(): void {
    this.#fresh.until = -Infinity;
  }

  /** The settings have been changed here, to these. */
  takeSettings({ settings }: SettingsAnswer): void {
    this.#settings.value = settings;
  }

  /** As many entries of the audit log again. */
  showMoreAudit(): void {
    this.#auditRows += AUDIT_ROWS;
    this.expire();
  }

  async load(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#parts;
    clock.tick();
    const searches = [this.torrentSearch.peek(), this.search.peek()];
    const question = [this.#section, this.list.peek(), ...searches, this.#auditRows].join();
    const isFresh = question === this.#fresh.question && clock.monotonic.peek() < this.#fresh.until;
    // Asked in any case: whether the tracker is there, and what time it is, no other answer here says.
    const [session] = await Promise.all([
      this.#get<Session>("/api/session", signal),
      isFresh ? undefined : this.#loadSection(signal),
    ]);
    if (signal.aborted) return true;
    clock.hear(session);
    if (!isFresh) this.#fresh = { question, until: clock.monotonic.peek() + FRESH_MS };
    return true;
  }

  async #loadSection(signal: AbortSignal): Promise<void> {
    switch (this.#section) {
      case "torrents":
        return this.#take(this.#torrents, await this.#get(this.#torrentsPath(), signal), signal);
      case "settings": {
        const { settings } = await this.#get<SettingsAnswer>("/api/settings", signal);
        return this.#take(this.#settings, settings, signal);
      }
      case "lists": {
        const query = new URLSearchParams({ limit: String(LIST_ROWS) });
        if (this.search.peek().trim() !== "") query.set("search", this.search.peek().trim());
        const [lists, entries] = await Promise.all([
          this.#get<ListsAnswer>("/api/lists", signal),
          this.#get<ListAnswer>(`/api/lists/${this.list.peek()}?${query}`, signal),
        ]);
        this.#take(this.#lists, lists, signal);
        return this.#take(this.#entries, entries, signal);
      }
      case "audit":
        return this.#loadAudit(signal);
    }
  }

  #torrentsPath(): string {
    const search = this.torrentSearch.peek().trim();
    return search === "" ? "/api/torrents" : `/api/torrents?${new URLSearchParams({ search })}`;
  }

  async #loadAudit(signal: AbortSignal): Promise<void> {
    const all: AuditEntry[] = [];
    let before: number | null = null;
    do {
      const limit = Math.min(MAX_AUDIT_PAGE, this.#auditRows - all.length);
      const from: string = before === null ? "" : `&before=${before}`;
      const page = await this.#get<AuditAnswer>(`/api/audit?limit=${limit}${from}`, signal);
      all.push(...page.entries);
      before = page.before;
    } while (before !== null && all.length < this.#auditRows);
    this.#take(this.#hasMoreAudit, before !== null, signal);
    this.#take(this.#audit, all, signal);
  }

  #get<Body>(path: string, signal: AbortSignal): Promise<Body> {
    return this.#parts.client.get(path, signal);
  }

  #take<Value>(target: Signal<Value>, value: Value, signal: AbortSignal): void {
    if (!signal.aborted) target.value = value;
  }

  watch(): void {
    this.list.value;
    this.search.value;
    this.torrentSearch.value;
  }

  describe(): string {
    return this.#section !== "lists" || this.list.value === "deny" ? "" : `?list=${this.list.value}`;
  }

  restore(search: string): void {
    if (this.#section !== "lists") return;
    const name = new URLSearchParams(search).get("list");
    this.openList(LISTS.find((list) => list === name) ?? "deny");
  }
}
