// The server's side of the admin page, put together: who may come in, what is shown, what can be changed. One for each
// tracker; the routes are in admin_app.ts.

import { AdminAccess } from "./admin_access.ts";
import { AdminAnswers } from "./admin_answers.ts";
import type { Session } from "./admin_api.ts";
import type { AdminState } from "./admin_state.ts";
import type { AdminToken } from "./admin_token.ts";
import { AuditLog } from "./audit_log.ts";
import type { DataFile } from "./data_file.ts";
import { EventTail } from "./event_tail.ts";
import { LiveSettings } from "./live_settings.ts";
import { Moment } from "./moment.ts";
import type { LiveRules } from "./options.ts";
import { nextTurn } from "./next_turn.ts";
import { OrderCache } from "./order_cache.ts";
import { OverviewMaker } from "./overview.ts";
import type { Clocks } from "./peer_rows.ts";
import { SwarmDetails } from "./swarm_details.ts";
import { SwarmHistories } from "./swarm_histories.ts";
import { SwarmPeers } from "./swarm_peers.ts";
import { SwarmRows } from "./swarm_rows.ts";
import { NO_SWARM } from "./swarm_store.ts";
import { SwarmTable } from "./swarm_table.ts";
import { Timeline } from "./timeline.ts";
import type { TorrentRegistry } from "./torrent_registry.ts";
import type { Tracker } from "./tracker.ts";
import { UndoShelf } from "./undo_shelf.ts";

/** What a tracker says of itself to everybody. */
export type AboutTracker = Pick<Session, "announcePort" | "features" | "publicStats" | "version">;

/** What the service stands on. */
export interface ServiceParts {
  tracker: Tracker;
  admin: AdminState;
  data: DataFile;
  registry: TorrentRegistry;
  token: AdminToken;
  about: AboutTracker;
  /** Differs from that of every other run. */
  epoch: string;
  /** Rules that the tracker was made with, and those that it was told since. */
  given: LiveRules;
  live: LiveRules;
  clocks: () => Clocks;
  log: (line: string) => void;
}

/** Everything behind the page. */
export class AdminService {
  readonly parts: ServiceParts;
  readonly access: AdminAccess;
  readonly answers: AdminAnswers;
  readonly audit: AuditLog;
  readonly details: SwarmDetails;
  readonly moment: Moment;
  readonly overview: OverviewMaker;
  readonly peers: SwarmPeers;
  readonly settings: LiveSettings;
  readonly table: SwarmTable;
  readonly tail: EventTail;
  readonly timeline: Timeline;
  readonly undo = new UndoShelf();
  readonly #histories: SwarmHistories;
  readonly #orders: OrderCache;

  constructor(parts: ServiceParts) {
    const { admin, clocks, data, epoch, given, live, log, registry, token, tracker } = parts;
    this.parts = parts;
    const { unix } = clocks();
    const records = data.adminRecords;
    const names = admin.torrents;
    this.access = new AdminAccess(token, records, unix);
    this.moment = new Moment(() => clocks().now);
    this.answers = new AdminAnswers(this.moment, epoch);
    this.tail = new EventTail(tracker.stats, {
      epoch,
      unix: () => clocks().unix,
      nameOf: (infoHash) => names.get(infoHash)?.name ?? null,
    });
    this.#orders = new OrderCache({ now: () => clocks().now, pause: nextTurn });
    this.audit = new AuditLog(records, () => clocks().unix, (action, subject) => {
      this.tail.onChange(action, subject);
      // Whoever has changed something wants to see it now.
      this.#orders.clear();
      this.moment.end();
    });
    const rows = new SwarmRows({ tracker, names, registered: registry });
    const { moment } = this;
    const shared = { tracker, orders: this.#orders, moment, epoch };
    this.table = new SwarmTable(rows, this.#orders, moment, epoch);
    this.peers = new SwarmPeers({ ...shared, elsewhere: () => admin.elsewhere });
    this.#histories = new SwarmHistories((infoHash) => {
      const swarm = tracker.swarms.find(infoHash);
      if (swarm === NO_SWARM) return { seeders: 0, leechers: 0 };
      return { seeders: tracker.complete(swarm), leechers: tracker.incomplete(swarm) };
    });
    this.details = new SwarmDetails({
      rows,
      peers: this.peers,
      histories: this.#histories,
      source: registry,
    });
    this.overview = new OverviewMaker(
      { tracker, admin, rows, epoch, memory: () => Deno.memoryUsage() },
      unix,
    );
    this.timeline = new Timeline(records, unix);
    this.settings = new LiveSettings(tracker, { given, live, store: records, log });
  }

  /** Call it once a second. */
  tick({ now, unix }: Clocks): void {
    const { tracker } = this.parts;
    this.access.tick();
    this.tail.tick(now);
    this.undo.tick(now);
    this.moment.tick();
    this.overview.tick(now);
    tracker.stats.activity.tick(now, tracker.stats.announcesPerSecond(now));
    this.#histories.tick(now, unix);
    this.#orders.tick(now);
    try {
      this.timeline.tick(unix, this.overview.sample());
    } catch (error) {
      // A full disk stops no announce, and loses a point of a plot.
      this.parts.log(`Cannot keep the history: ${error instanceof Error ? error.message : error}`);
    }
  }
}
