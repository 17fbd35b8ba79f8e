// Who may announce what: info hashes that are allowed or denied, addresses and clients that are denied. Looked at by
// every announce, changed while the tracker runs. Where the lists are kept is data_file.ts's business.

import { toHex } from "../protocol/mod.ts";
import { Refusal } from "./refusal.ts";
import { parseSubnet, Subnets } from "./subnets.ts";

/** Which info hashes are served: all that aren't denied, or only those that are allowed or registered. */
export const ACCESS_MODES = ["open", "listed"] as const;
export type AccessMode = typeof ACCESS_MODES[number];

/** The lists there are. */
export const LIST_NAMES = ["allow", "deny", "addresses", "clients"] as const;
export type ListName = typeof LIST_NAMES[number];

/** Entries of one list: a million info hashes take some 100 MB. */
const MAX_ENTRIES = 1_000_000;
/** Clients are looked through one by one. */
const MAX_CLIENTS = 1000;

/** Clients that are compared in the time that one look at the addresses takes, or less. */
const CLIENTS_A_LOOK = 16;

/** An entry that isn't one, or too many of them. The message is for the operator. */
export class ListError extends Error {
  override name = "ListError";
}

/** The lists of one tracker. */
export class AccessLists {
  mode: AccessMode = "open";
  /** Addresses and clients added so far: when it grows, peers that were let in may be denied. */
  denials = 0;
  /** Info hashes as binary strings. */
  readonly #allow = new Set<string>();
  readonly #deny = new Set<string>();
  readonly #addresses = new Subnets();
  /** Beginnings of peer ids, as binary strings. */
  readonly #clients = new Set<string>();
  /** Info hashes of registered torrents, binary: allowed without being listed. */
  #registered: { has(infoHash: string): boolean } = new Set<string>();

  /** Whose torrents are allowed besides those of the list. */
  setRegistered(registered: { has(infoHash: string): boolean }): void {
    this.#registered = registered;
  }

  /**
   * Adds an entry. Returns it in the one way to write it, or undefined if it was there.
   *
   * @throws {ListError} if it can't be one.
   */
  add(list: ListName, entry: string): string | undefined {
    const text = canonical(list, entry);
    this.checkRoom(list);
    const before = this.size(list);
    if (list === "addresses") this.#addresses.add(subnetOf(text));
    else this.#set(list).add(stored(list, text));
    if (this.size(list) === before) return undefined;
    if (list === "addresses" || list === "clients") this.denials++;
    return text;
  }

  /**
   * Whether an entry has a place, behind `others` that are to be added first.
   *
   * @throws {ListError} if it hasn't.
   */
  checkRoom(list: ListName, others = 0): void {
    const most = list === "clients" ? MAX_CLIENTS : MAX_ENTRIES;
    if (this.size(list) + others < most) return;
    const now = others === 0 ? `it has ${most} entries already` : `it would have more than ${most} entries`;
    throw new ListError(`Cannot add to the list ${list}: ${now}`);
  }

  /**
   * Removes an entry. Returns it in the one way to write it, or undefined if it wasn't there.
   *
   * @throws {ListError} if it can't be one.
   */
  remove(list: ListName, entry: string): string | undefined {
    const text = canonical(list, entry);
    const was = list === "addresses"
      ? this.#addresses.remove(subnetOf(text))
      : this.#set(list).delete(stored(list, text));
    return was ? text : undefined;
  }

  /**
   * The one way to write an entry.
   *
   * @throws {ListError} if it can't be one.
   */
  canonical(list: ListName, entry: string): string {
    return canonical(list, entry);
  }

  /**
   * Whether a list has an entry: not whether one of its entries covers it.
   *
   * @throws {ListError} if it can't be one.
   */
  has(list: ListName, entry: string): boolean {
    const text = canonical(list, entry);
    if (list === "addresses") return this.#addresses.hasRange(subnetOf(text));
    return this.#set(list).has(stored(list, text));
  }

  size(list: ListName): number {
    return list === "addresses" ? this.#addresses.size : this.#set(list).size;
  }

  /** A list's entries, in the order in which they came, or a part of them. */
  entries(list: ListName, { offset = 0, limit = Infinity } = {}): string[] {
    return [...this.each(list, offset).take(limit)];
  }

  /** The same one by one, from an offset on. The list may change meanwhile. */
  each(list: ListName, offset = 0): IteratorObject<string> {
    const all = list === "addresses" ? this.#addresses.texts() : this.#set(list).values();
    return all.drop(offset).map((entry) => list === "allow" || list === "deny" ? hexOf(entry) : entry);
  }

  /** The first `most` info hashes of the list "deny", binary. */
  denied(most: number): Iterable<string> {
    return this.#deny.values().take(most);
  }

  /**
   * Lets an announce pass. `from`: 4 or 16 bytes.
   *
   * @throws {Refusal} if it may not be answered.
   */
  check(infoHash: string, peerId: string, from: Uint8Array): void {
    // The announces of a tracker without lists pay these comparisons.
    this.checkAddress(from);
    if (this.#clients.size > 0 && this.#deniesClient(peerId)) {
      throw new Refusal("Your client is not allowed here", "client_denied", "never");
    }
    if (!this.allows(infoHash)) {
      throw new Refusal("This torrent is not allowed here", "torrent_denied", "never");
    }
  }

  /**
   * Lets an address pass that a peer has, or says that it has: 4 or 16 bytes.
   *
   * @throws {Refusal} if nobody is served there.
   */
  checkAddress(address: Uint8Array): void {
    if (this.#addresses.size === 0 || !this.#addresses.has(address)) return;
    throw new Refusal("Your address is not allowed here", "address_denied", "never");
  }

  /** Whether a peer is refused, whatever its torrent. `address`: 4 or 16 bytes; its id is asked for where it matters. */
  deniesPeer(peerId: () => Uint8Array, address: Uint8Array): boolean {
    if (this.#addresses.size > 0 && this.#addresses.has(address)) return true;
    if (this.#clients.size === 0) return false;
    const id = peerId();
    for (const client of this.#clients) if (beginsWith(id, client)) return true;
    return false;
  }

  /** What deniesPeer() costs, in looks of half a microsecond, about. */
  get cost(): number {
    return 1 + Math.ceil(this.#clients.size / CLIENTS_A_LOOK);
  }

  /** Whether every torrent is served. */
  get isOpen(): boolean {
    return this.mode === "open" && this.#deny.size === 0;
  }

  /** Whether a torrent is on the list "deny". */
  denies(infoHash: string): boolean {
    return this.#deny.size > 0 && this.#deny.has(infoHash);
  }

  /** Whether a torrent is served. */
  allows(infoHash: string): boolean {
    if (this.denies(infoHash)) return false;
    return this.mode === "open" || this.#allow.has(infoHash) || this.#registered.has(infoHash);
  }

  #deniesClient(peerId: string): boolean {
    for (const client of this.#clients) if (peerId.startsWith(client)) return true;
    return false;
  }

  #set(list: "allow" | "deny" | "clients"): Set<string> {
    return list === "allow" ? this.#allow : list === "deny" ? this.#deny : this.#clients;
  }
}

/** The one way to write an entry. */
function canonical(list: ListName, entry: string): string {
  switch (list) {
    case "addresses":
      return subnetOf(entry).text;
    case "clients":
      if (/^[\x20-\x7e]{1,20}$/.test(entry)) return entry;
      throw new ListError(
        "Cannot use this client: must be the first 1 to 20 characters of a peer id, in ASCII",
      );
    default:
      if (/^[0-9a-f]{40}$/i.test(entry)) return entry.toLowerCase();
      throw new ListError("Cannot use this info hash: must be 40 hexadecimal digits");
  }
}

function subnetOf(text: string) {
  const subnet = parseSubnet(text);
  if (subnet !== undefined) return subnet;
  throw new ListError('Cannot use this address: must be one, or a range such as "192.0.2.0/24"');
}

function stored(list: "allow" | "deny" | "clients", text: string): string {
  if (list === "clients") return text;
  // Lists of a hundred thousand come at once: byte by byte through arrays takes ten times as long.
  let binary = "";
  for (let i = 0; i < text.length; i += 2) {
    binary += String.fromCharCode((digit(text, i) << 4) | digit(text, i + 1));
  }
  return binary;
}

/** The value of a lower-case hexadecimal digit. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

// Byte by byte: to make a text of each peer's id would take longer than all else.
function beginsWith(peerId: Uint8Array, client: string): boolean {
  for (let i = 0; i < client.length; i++) if (peerId[i] !== client.charCodeAt(i)) return false;
  return true;
}

// One for all: a search goes through a million hashes.
const hashBytes = new Uint8Array(20);

function hexOf(infoHash: string): string {
  for (let i = 0; i < 20; i++) hashBytes[i] = infoHash.charCodeAt(i);
  return toHex(hashBytes);
}
