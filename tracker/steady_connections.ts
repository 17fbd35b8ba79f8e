// Which connections ask again and again, each question after the answer to the one before: those of a proxy, and of a
// client with many torrents. Only a few are remembered, in places that whoever comes takes from who was there: it costs
// the others nothing but a look.

/** Connections that are remembered, each in the place that its port says. */
const PLACES = 1024;
/** Turns of the event loop in which a connection has asked before it is counted on to go on. */
const STEADY_TURNS = 64;
/** Who says nothing for so long may have become somebody else with the same port. */
const MAX_PAUSE_MS = 1000;

/** What is known of one. */
interface Connection {
  hostname: string;
  port: number;
  /** Turns in which it has asked, after the first one. */
  turns: number;
  lastTurn: number;
  /** Milliseconds. */
  lastAt: number;
}

/** The connections of a server that have asked in many turns of the event loop. */
export class SteadyConnections {
  readonly #places: Connection[] = Array.from(
    { length: PLACES },
    () => ({ hostname: "", port: 0, turns: 0, lastTurn: 0, lastAt: -Infinity }),
  );

  /**
   * Takes note of a question, asked in turn number `turn` at `now` (milliseconds). "steady" is who asks once a turn and has
   * done so for long, "known" who has asked within the last second, "new" everybody else.
   */
  note(
    { hostname, port }: { hostname: string; port: number },
    turn: number,
    now: number,
  ): "new" | "known" | "steady" {
    const connection = this.#places[port % PLACES] as Connection;
    const isKnown = connection.port === port && now - connection.lastAt < MAX_PAUSE_MS &&
      connection.hostname === hostname;
    connection.lastAt = now;
    if (!isKnown) {
      connection.hostname = hostname;
      connection.port = port;
      connection.turns = 0;
      connection.lastTurn = turn;
      return "new";
    }
    // Several questions at once: it doesn't wait for answers, so this may be the last that it asks.
    if (connection.lastTurn === turn) return "known";
    connection.lastTurn = turn;
    connection.turns++;
    return connection.turns > STEADY_TURNS ? "steady" : "known";
  }
}
