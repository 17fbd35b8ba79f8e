/**
 * BitTorrent's values and messages, both ways between them and their bytes: bencode, torrents, magnet links, the peer
 * protocol, announces and scrapes. Pure: it opens no file and no socket, and runs wherever there are web standards.
 *
 * @example Read a torrent
 * ```ts
 * import { parseMetainfo } from "@seedling/seedling";
 *
 * const torrent = await parseMetainfo(await Deno.readFile("video.torrent"));
 * console.log(torrent.name, torrent.infoHash.hex, torrent.totalLength);
 * ```
 *
 * @example Read and write a magnet link
 * ```ts
 * import { formatMagnet, parseMagnet } from "@seedling/seedling";
 *
 * const magnet = parseMagnet("magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&dn=video");
 * console.log(magnet.name, formatMagnet(magnet));
 * ```
 *
 * @module
 */

export {
  BencodeError,
  MagnetError,
  MetainfoError,
  ProtocolError,
  TrackerError,
  TrackerRequestError,
} from "./errors.ts";

export {
  concat,
  equals,
  fromBinary,
  fromHex,
  fromUtf8,
  randomBytes,
  toBinary,
  toHex,
  toUtf8,
} from "./bytes.ts";
export {
  type BencodeDict,
  type BencodeInput,
  type BencodeValue,
  decode,
  type DecodedDict,
  decodeDict,
  type DecodedPrefix,
  type DecodeOptions,
  decodePrefix,
  encode,
  getBytes,
  getDict,
  getInteger,
  getList,
  getText,
} from "./bencode.ts";

export { INFO_HASH_LENGTH, InfoHash } from "./info_hash.ts";
export { createPeerId, PEER_ID_LENGTH, PEER_ID_PREFIX, recogniseClient } from "./peer_id.ts";
export { peerPriority } from "./peer_priority.ts";
export { BLOCK_LENGTH, MAX_PIECE_LENGTH, PieceLayout } from "./piece_layout.ts";
export { Bitfield } from "./bitfield.ts";
export {
  encodeMetainfo,
  type InfoDict,
  type Metainfo,
  type MetainfoDraft,
  type MetainfoFile,
  type NameOptions,
  parseInfo,
  parseMetainfo,
} from "./metainfo.ts";
export {
  MAX_NAME_BYTES,
  MAX_PATH_BYTES,
  MAX_PATH_DEPTH,
  safeName,
  tellApart,
  whyUnsafe,
} from "./path_safety.ts";
export { formatMagnet, type Magnet, parseMagnet } from "./magnet.ts";

export {
  decodeHandshake,
  encodeHandshake,
  encodeReserved,
  type Extensions,
  type Handshake,
  HANDSHAKE_LENGTH,
  type HandshakeFields,
  isHandshakeStart,
  supportsDht,
  supportsExtensions,
  supportsFast,
} from "./handshake.ts";
export {
  bitfieldLength,
  EXTENDED_HEADER_LENGTH,
  HAVE_LENGTH,
  KEEP_ALIVE_LENGTH,
  LENGTH_PREFIX,
  MessageId,
  PIECE_HEADER_LENGTH,
  REQUEST_LENGTH,
  STATE_LENGTH,
  writeAllowedFast,
  writeBitfield,
  writeCancel,
  writeChoke,
  writeExtended,
  writeHave,
  writeHaveAll,
  writeHaveNone,
  writeInterested,
  writeKeepAlive,
  writeNotInterested,
  writePieceHeader,
  writeReject,
  writeRequest,
  writeSuggest,
  writeUnchoke,
} from "./messages.ts";
export {
  type Landing,
  MAX_MESSAGE_LENGTH,
  MessageDecoder,
  type MessageDecoderOptions,
  type MessageHandler,
} from "./message_decoder.ts";
export {
  decodeDontHave,
  decodeExtendedHandshake,
  encodeDontHave,
  encodeExtendedHandshake,
  type ExtendedHandshake,
  ExtensionId,
  type ExtensionName,
} from "./extension.ts";
export {
  decodeMetadataMessage,
  encodeMetadataData,
  encodeMetadataReject,
  encodeMetadataRequest,
  METADATA_PIECE_LENGTH,
  type MetadataMessage,
  metadataPieceCount,
} from "./ut_metadata.ts";
export { decodePex, encodePex, PexFlag, type PexMessage, type PexPeer } from "./ut_pex.ts";
export {
  COMPACT4_LENGTH,
  COMPACT6_LENGTH,
  decodeCompact4,
  decodeCompact6,
  encodeCompact4,
  encodeCompact6,
  formatIp,
  formatPeerAddress,
  parseIp,
  type PeerAddress,
} from "./compact.ts";
export {
  type AnnounceEvent,
  type AnnounceRequest,
  announceUrl,
  formatAnnounceQuery,
  parseAnnounceQuery,
  UNKNOWN_LEFT,
} from "./announce.ts";
export {
  type AnnounceAnswer,
  type AnnounceResponse,
  decodeAnnounceResponse,
  DEFAULT_INTERVAL,
  type DictionaryPeer,
  encodeAnnounceAnswer,
  encodeDictionaryAnswer,
  encodeFailure,
} from "./announce_answer.ts";
export {
  decodeScrapeResponse,
  encodeScrapeResponse,
  parseScrapeQuery,
  type ScrapeStats,
  scrapeUrl,
} from "./scrape.ts";
export {
  formatWebAnswer,
  formatWebDescription,
  formatWebFailure,
  formatWebScrape,
  parseWebMessage,
  type WebAnnounce,
  type WebAnswer,
  type WebOffer,
  type WebScrape,
} from "./web_tracker.ts";
export {
  decodeUdpAnnounce,
  decodeUdpConnect,
  decodeUdpScrape,
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  MAX_UDP_SCRAPE,
  readUdpHeader,
  UdpAction,
} from "./udp_tracker.ts";
export { VERSION } from "./version.ts";
