// The feeds of all pages, and which one a route is fed by.

import type { Route } from "../router.ts";
import type { Session } from "../session.ts";
import { EventFeed } from "./event_feed.ts";
import type { Feed, FeedParts } from "./feed.ts";
import { ManageFeed } from "./manage_feed.ts";
import { OverviewFeed } from "./overview_feed.ts";
import { SwarmFeed } from "./swarm_feed.ts";
import { SwarmsFeed } from "./swarms_feed.ts";

export class Feeds {
  readonly events: EventFeed;
  readonly manage: ManageFeed;
  readonly overview: OverviewFeed;
  readonly swarm: SwarmFeed;
  readonly swarms: SwarmsFeed;

  constructor(parts: FeedParts, session: Session) {
    this.events = new EventFeed(parts);
    this.manage = new ManageFeed(parts);
    this.overview = new OverviewFeed({ ...parts, session, events: this.events });
    this.swarm = new SwarmFeed(parts);
    this.swarms = new SwarmsFeed(parts);
  }

  /** Makes the feed of a route ready for it. Null where nothing is asked for. */
  open(route: Route): Feed | null {
    switch (route.page) {
      case "swarm":
        this.swarm.open(route.infoHash);
        return this.swarm;
      case "manage":
        this.manage.open(route.section);
        return this.manage;
      case "overview":
      case "swarms":
      case "events":
        return this[route.page];
      case "unknown":
        return null;
    }
  }
}
