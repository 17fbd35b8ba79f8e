// Peer ids: 20 bytes by which a peer names itself, and by habit its client and version. Makes ours, reads others'.
// https://www.bittorrent.org/beps/bep_0020.html. A peer may claim any id: this is for people to look at, never a
// ground to trust or refuse.

import { fromBinary, randomBytes, toBinary, toHex } from "./bytes.ts";
import { VERSION } from "./version.ts";

/** Bytes of a peer id. */
export const PEER_ID_LENGTH = 20;

/** How the ids of this program begin: Seedling ("SE", in no list of BEP 20 or of other clients) and its version: "-SE0100-". */
export const PEER_ID_PREFIX = `-SE${VERSION.split(".").join("").padEnd(4, "0")}-`;

/** 64 chars that a tracker's URL carries without escapes: six random bits each. */
const RANDOM_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** BEP 20's digits in one-char version numbers: "A" is 10, "a" is 36. */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.";

/** How a client spreads its version over the four chars after its code. */
type VersionStyle = (chars: string) => string;

const three: VersionStyle = (chars) => dotted(chars.slice(0, 3));
const four: VersionStyle = (chars) => dotted(chars);
/** Two numbers of two decimal digits, the second as it stands: "0205" is 2.05. */
const pairs: VersionStyle = (chars) => `${number(chars.slice(0, 2))}.${chars.slice(2)}`;
/** Two numbers of two decimal digits, both as numbers: "0205" is 2.5. */
const numberPairs: VersionStyle = (chars) => `${number(chars.slice(0, 2))}.${number(chars.slice(2))}`;
/** Three digits and a letter for how finished it is. */
const threeAndStage: VersionStyle = (chars) => {
  const stage = chars[3] === "A" ? " alpha" : chars[3] === "B" ? " beta" : "";
  return three(chars) + stage;
};
/** "0006" is 0.6, "0072" is 0.72, "3000" is 3.00, "4050" is 4.0.5: it changed twice. "Z" and "X" are nightly builds. */
const transmission: VersionStyle = (chars) => {
  if (chars.startsWith("000")) return `0.${chars.slice(3)}`;
  if (chars.startsWith("00")) return `0.${chars.slice(2)}`;
  const stage = /[XZ]/.test(chars.slice(3)) ? "+" : chars[3] === "B" ? " beta" : "";
  if (/^[0-3]/.test(chars)) return `${chars[0]}.${chars.slice(1, 3)}${stage}`;
  return three(chars) + stage;
};
/** "2.1D3": the third char may say what sort of build the fourth counts. */
const ktorrent: VersionStyle = (chars) => {
  if (chars[2] === "D") return `${dotted(chars.slice(0, 2))} dev ${chars.slice(3)}`;
  if (chars[2] === "R") return `${dotted(chars.slice(0, 2))} rc ${chars.slice(3)}`;
  return three(chars);
};
const none: VersionStyle = () => "";

/** Clients that write "-XXvvvv-": their code, their name, their way to write a version. */
const AZUREUS_STYLE: ReadonlyMap<string, readonly [name: string, version: VersionStyle]> = new Map([
  ["7T", ["aTorrent", four]],
  ["A2", ["aria2", three]],
  ["AG", ["Ares", three]],
  ["AR", ["Arctic", four]],
  ["AT", ["Artemis", four]],
  ["AZ", ["Vuze", four]],
  ["A~", ["Ares", three]],
  ["BB", ["BitBuddy", four]],
  ["BC", ["BitComet", pairs]],
  ["BE", ["BitTorrent SDK", four]],
  ["BF", ["Bitflu", none]],
  ["BG", ["BTG", four]],
  ["BI", ["BiglyBT", four]],
  ["BL", ["BitLord", three]],
  ["BR", ["BitRocket", four]],
  ["BS", ["BTSlave", four]],
  ["BT", ["BitTorrent", threeAndStage]],
  ["CD", ["Enhanced CTorrent", pairs]],
  ["CT", ["CTorrent", four]],
  ["DE", ["Deluge", three]],
  ["EB", ["EBit", four]],
  ["ES", ["Electric Sheep", three]],
  ["FC", ["FileCroc", four]],
  ["FD", ["Free Download Manager", three]],
  ["FG", ["FlashGet", pairs]],
  ["FL", ["Folx", three]],
  ["FT", ["FoxTorrent", four]],
  ["FW", ["FrostWire", three]],
  ["FX", ["Freebox BitTorrent", four]],
  ["GR", ["GetRight", four]],
  ["GS", ["GSTorrent", four]],
  ["GT", ["anacrolix/torrent", four]],
  ["HL", ["Halite", three]],
  ["HN", ["Hydranode", four]],
  ["KG", ["KGet", four]],
  ["KT", ["KTorrent", ktorrent]],
  ["LC", ["LeechCraft", four]],
  ["LH", ["LH-ABC", four]],
  ["LP", ["Lphant", pairs]],
  ["LT", ["libtorrent", three]],
  ["LW", ["LimeWire", none]],
  ["MG", ["MediaGet", three]],
  ["MO", ["MonoTorrent", four]],
  ["MP", ["MooPolice", three]],
  ["MR", ["Miro", four]],
  ["MT", ["MoonlightTorrent", four]],
  ["NX", ["Net Transport", four]],
  ["OS", ["OneSwarm", four]],
  ["OT", ["OmegaTorrent", four]],
  ["PD", ["Pando", four]],
  ["PI", ["PicoTorrent", four]],
  ["PT", ["Popcorn Time", four]],
  ["QD", ["QQDownload", four]],
  ["RN", ["rain", three]],
  ["RT", ["Retriever", four]],
  ["SB", ["Swiftbit", four]],
  ["SD", ["Xunlei", four]],
  ["SE", ["Seedling", three]],
  ["SP", ["BitSpirit", three]],
  ["SS", ["SwarmScope", four]],
  ["ST", ["SymTorrent", four]],
  ["SZ", ["Shareaza", four]],
  ["S~", ["Shareaza", four]],
  ["TL", ["Tribler", three]],
  ["TN", ["Torrent.NET", four]],
  ["TR", ["Transmission", transmission]],
  ["TS", ["TorrentStorm", four]],
  ["TT", ["TuoTu", three]],
  ["UE", ["µTorrent Embedded", threeAndStage]],
  ["UL", ["uLeecher!", four]],
  ["UM", ["µTorrent Mac", threeAndStage]],
  ["UT", ["µTorrent", threeAndStage]],
  ["UW", ["µTorrent Web", threeAndStage]],
  ["WD", ["WebTorrent Desktop", numberPairs]],
  ["WT", ["BitLet", four]],
  ["WW", ["WebTorrent", numberPairs]],
  ["WY", ["FireTorrent", four]],
  ["XF", ["Xfplay", three]],
  ["XL", ["Xunlei", four]],
  ["XT", ["XanTorrent", four]],
  ["XX", ["Xtorrent", four]],
  ["ZO", ["Zona", four]],
  ["ZT", ["ZipTorrent", four]],
  ["bk", ["BitKitten", four]],
  ["lt", ["libTorrent (rTorrent)", three]],
  ["qB", ["qBittorrent", three]],
  ["rQ", ["rqbit", three]],
  ["st", ["sharktorrent", four]],
]);

/** Clients that write one letter and up to five digits, padded with dashes (BEP 20, after Shad0w). */
const SHADOW_STYLE: ReadonlyMap<string, string> = new Map([
  ["A", "ABC"],
  ["O", "Osprey Permaseed"],
  ["Q", "BTQueue"],
  ["R", "Tribler"],
  ["S", "Shadow's client"],
  ["T", "BitTornado"],
  ["U", "UPnP NAT Bit Torrent"],
]);

/** Clients with a way of their own: how an id begins, and its name from what the groups caught. */
const OWN_STYLE: readonly (readonly [begins: RegExp, name: (...groups: string[]) => string])[] = [
  [/^-?A2-(\d{1,2})-(\d{1,2})-(\d{1,2})-/, (major, minor, patch) => `aria2 ${major}.${minor}.${patch}`],
  [/^-aria2-/, () => "aria2"],
  [/^M(\d{1,2})-(\d{1,2})-(\d{1,2})-/, (major, minor, patch) => `Mainline ${major}.${minor}.${patch}`],
  [/^Q(\d{1,2})-(\d{1,2})-(\d{1,2})-/, (major, minor, patch) => `Queen Bee ${major}.${minor}.${patch}`],
  [/^Mbrst(\d)-(\d)-(\d)/, (major, minor, patch) => `Burst! ${major}.${minor}.${patch}`],
  [/^-RN(\d{1,3}\.\d{1,3}\.\d{1,3})-/, (version) => `rain ${version}`],
  [/^-ML(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)-/, (version) => `MLdonkey ${version}`],
  [/^TIX(\d\d)(\d\d)-/, (major = "", minor) => `Tixati ${Number(major)}.${minor}`],
  [/^XBT(\d)(\d)(\d)/, (major, minor, patch) => `XBT Client ${major}.${minor}.${patch}`],
  [/^OP(\d{4})/, (build) => `Opera build ${build}`],
  [/^btpd/, () => "BT Protocol Daemon"],
  [/^-WS/, () => "HTTP seed"],
];

/**
 * Makes a new peer id for one run of this program: `PEER_ID_PREFIX` and 12 random chars, all printable.
 *
 * @returns 20 bytes.
 */
export function createPeerId(): Uint8Array {
  let id = PEER_ID_PREFIX;
  for (const byte of randomBytes(PEER_ID_LENGTH - id.length)) id += RANDOM_CHARS.charAt(byte & 63);
  return fromBinary(id);
}

/**
 * Names the client that a peer id claims (BEP 20): Azureus style (`-TR3000-…`), Shadow's (`S58B-----…`), Mainline's
 * (`M7-2-4--…`) and those of BitComet, aria2 and others. The result is safe to print whatever the bytes are.
 *
 * @param peerId 20 bytes, though any number is taken.
 * @returns the name and, if told, the version, as in `Transmission 3.00`; else `unknown (…)` with what the id begins with.
 */
export function recogniseClient(peerId: Uint8Array): string {
  const id = toBinary(peerId.subarray(0, PEER_ID_LENGTH));
  return ownStyle(id) ?? azureusStyle(id) ?? bitCometStyle(id) ?? shadowStyle(id) ?? unknown(id, peerId);
}

/** "-XXvvvv-"; µTorrent since 3.4 may put something else than a dash at the end. */
function azureusStyle(id: string): string | undefined {
  const [, code, chars] = /^-([0-9A-Za-z][0-9A-Za-z~])([0-9A-Za-z]{4})/.exec(id) ?? [];
  if (code === undefined || chars === undefined) return undefined;
  const client = AZUREUS_STYLE.get(code);
  if (client === undefined) return undefined;
  if (id[7] !== "-" && !code.startsWith("U")) return undefined;
  const [name, version] = client;
  return `${name} ${version(chars)}`.trimEnd();
}

/** "exbc" and two bytes of version, then perhaps "LORD". Newer ones write "-BC0205-". */
function bitCometStyle(id: string): string | undefined {
  if (!/^(?:exbc|FUTB|xUTB)/.test(id) || id.length < 6) return undefined;
  const name = id.startsWith("LORD", 6) ? "BitLord" : "BitComet";
  return `${name} ${id.charCodeAt(4)}.${String(id.charCodeAt(5)).padStart(2, "0")}`;
}

function shadowStyle(id: string): string | undefined {
  const [, letter, chars] = /^([A-Z])([0-9A-Za-z.-]{5})---/.exec(id) ?? [];
  const name = SHADOW_STYLE.get(letter ?? "");
  const digits = chars?.replace(/-+$/, "");
  if (name === undefined || !digits || digits.includes("-")) return undefined;
  return `${name} ${dotted(digits)}`;
}

function ownStyle(id: string): string | undefined {
  for (const [begins, name] of OWN_STYLE) {
    const found = begins.exec(id);
    if (found !== null) return name(...found.slice(1));
  }
  return undefined;
}

/** An id of Azureus' form is shown as it is, for someone may know it; any other as hex. */
function unknown(id: string, peerId: Uint8Array): string {
  const shown = /^-[0-9A-Za-z~]{2}[0-9A-Za-z.]{4}-/.exec(id)?.[0];
  return `unknown (${shown ?? `${toHex(peerId.subarray(0, 8))}…`})`;
}

/** Each char as a number, with dots between. */
function dotted(chars: string): string {
  return Array.from(chars, (char) => DIGITS.indexOf(char)).join(".");
}

/** Decimal digits as a number; letters that should not be there stay. */
function number(digits: string): string {
  return /^[0-9]+$/.test(digits) ? String(Number(digits)) : digits;
}
