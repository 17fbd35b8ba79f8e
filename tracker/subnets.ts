// Sets of address ranges in the notation of RFC 4632 ("192.0.2.0/24", "2001:db8::/32"; an address alone is a range of
// one). Looked at once for each announce, so a look costs one step for each length of prefix that occurs, not for each
// range. No I/O.

import { formatIp, parseIp } from "../protocol/mod.ts";

/** A range, read. */
export interface Subnet {
  /** 4 or 16 bytes; those behind the prefix are zero. */
  address: Uint8Array;
  /** Bits of the prefix. */
  bits: number;
  /** The one way to write it. */
  text: string;
}

/** Reads a range; undefined if the text is none. IPv4 in IPv6 form is IPv4. */
export function parseSubnet(text: string): Subnet | undefined {
  const slash = text.indexOf("/");
  const parsed = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (parsed === undefined) return undefined;
  const address = Uint8Array.from(parsed);
  const most = address.length * 8;
  // IPv4 in IPv6 form (::ffff:0:0/96) has been read as what it is.
  const offset = address.length === 4 && text.includes(":") ? 96 : 0;
  const digits = slash < 0 ? String(most + offset) : text.slice(slash + 1);
  const bits = /^\d{1,3}$/.test(digits) ? Number(digits) - offset : -1;
  if (bits < 0 || bits > most) return undefined;
  for (let i = 0; i < address.length; i++) address[i] = maskedByte(address, i, bits);
  const shown = formatIp(address);
  return { address, bits, text: bits === most ? shown : `${shown}/${bits}` };
}

/** Ranges that an address may be in. */
export class Subnets {
  /** By their one way to be written. */
  readonly #texts = new Set<string>();
  /** By length of prefix: the prefixes, as keys. IPv4 and IPv6 apart. */
  readonly #prefixes4 = new Map<number, Set<string | number>>();
  readonly #prefixes6 = new Map<number, Set<string | number>>();

  get size(): number {
    return this.#texts.size;
  }

  /** In the order in which they came, one by one. */
  texts(): IteratorObject<string> {
    return this.#texts.values();
  }

  add({ address, bits, text }: Subnet): void {
    if (this.#texts.has(text)) return;
    this.#texts.add(text);
    const lengths = this.#lengths(address);
    const prefixes = lengths.get(bits) ?? new Set<string | number>();
    prefixes.add(prefixKey(address, bits));
    lengths.set(bits, prefixes);
  }

  /** Returns whether it was there. */
  remove({ address, bits, text }: Subnet): boolean {
    if (!this.#texts.delete(text)) return false;
    const lengths = this.#lengths(address);
    const prefixes = lengths.get(bits);
    prefixes?.delete(prefixKey(address, bits));
    if (prefixes?.size === 0) lengths.delete(bits);
    return true;
  }

  /** Takes these in the place of all that there are. */
  replace(subnets: readonly Subnet[]): void {
    this.#texts.clear();
    this.#prefixes4.clear();
    this.#prefixes6.clear();
    for (const subnet of subnets) this.add(subnet);
  }

  /** Whether an address, 4 or 16 bytes, is in one of them. */
  has(address: Uint8Array): boolean {
    if (this.#texts.size === 0) return false;
    for (const [bits, prefixes] of this.#lengths(address)) {
      if (prefixes.has(prefixKey(address, bits))) return true;
    }
    return false;
  }

  /** Whether a range is one of them. */
  hasRange({ text }: Subnet): boolean {
    return this.#texts.has(text);
  }

  #lengths(address: Uint8Array): Map<number, Set<string | number>> {
    return address.length === 4 ? this.#prefixes4 : this.#prefixes6;
  }
}

/** The first bits of an address: of IPv4 as a number, of IPv6, where they are too many, one character for two bytes. */
function prefixKey(address: Uint8Array, bits: number): string | number {
  if (address.length === 4) return bits === 0 ? 0 : wordOf(address) >>> (32 - bits);
  let key = "";
  for (let i = 0; i * 8 < bits; i += 2) {
    key += String.fromCharCode((maskedByte(address, i, bits) << 8) | maskedByte(address, i + 1, bits));
  }
  return key;
}

function wordOf(address: Uint8Array): number {
  return ((address[0] as number) << 24) | ((address[1] as number) << 16) | ((address[2] as number) << 8) |
    (address[3] as number);
}

function maskedByte(address: Uint8Array, i: number, bits: number): number {
  const kept = bits - i * 8;
  return kept >= 8 ? address[i] as number : kept <= 0 ? 0 : (address[i] as number) & (0xff00 >> kept);
}
