// Peers in browsers that came to a full swarm. They aren't of it: they take no place, and nobody's offers go to them. But
// their own offers are passed on, which is how a browser is told of others, and an answer must find who made the offer.
// So they are known for as long as an offer is good.

import type { WebConnection, WebGuest } from "./web_swarms.ts";

/** How long a guest is known after its announce: clients wait for answers to their offers for less than a minute. */
const GUEST_MS = 60_000;
/** Guests of all swarms; beyond, the one whose announce is longest ago is forgotten. About 400 bytes each. */
const MOST_GUESTS = 10_000;

/** All guests of one tracker. */
export class WebGuests {
  /** By info hash and peer id, the one that announced last at the end. */
  readonly #guests = new Map<string, WebGuest>();

  /** Info hash and peer id are binary strings. */
  find(infoHash: string, peerId: string): WebGuest | undefined {
    return this.#guests.get(infoHash + peerId);
  }

  /** Adds one that find() doesn't find and whose connection is no other guest of that swarm. */
  add(guest: WebGuest): void {
    if (this.#guests.size >= MOST_GUESTS) this.#removeFirst();
    this.#guests.set(guest.infoHash + guest.peerId, guest);
    guest.connection.guests.set(guest.infoHash, guest);
  }

  remove({ connection, infoHash, peerId }: WebGuest): void {
    this.#guests.delete(infoHash + peerId);
    connection.guests.delete(infoHash);
  }

  /** A connection has ended. */
  disconnect(connection: WebConnection): void {
    for (const guest of [...connection.guests.values()]) this.remove(guest);
  }

  /** Forgets those whose offers are good no more. Call it once a second. */
  reap(now: number): void {
    for (const guest of this.#guests.values()) {
      if (guest.announcedAt >= now - GUEST_MS) return;
      this.remove(guest);
    }
  }

  #removeFirst(): void {
    for (const guest of this.#guests.values()) return this.remove(guest);
  }
}
