// Which parts of the engine hear of which of a peer's messages, and in which order. Each decides for itself.

import { Bitfield } from "../../protocol/bitfield.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";
import type { AllowedFast } from "./allowed_fast.ts";
import type { Choker } from "./choker.ts";
import type { Downloader } from "./downloader.ts";
import type { Interest } from "./interest.ts";
import type { News } from "./news.ts";
import type { Peer, PeerHost } from "./peer.ts";
import type { SuperSeeding } from "./super_seeding.ts";
import type { TorrentExtensions } from "./torrent_extensions.ts";
import type { Uploader } from "./uploader.ts";

/** Who is there to hear, and what they share. */
export interface RouteParts {
  layout: PieceLayout;
  downloader: Downloader;
  uploader: Uploader;
  choker: Choker;
  interest: Interest;
  news: News;
  allowedFast: AllowedFast;
  superSeeding: SuperSeeding | undefined;
  extensions: TorrentExtensions | undefined;
  /** When the batch came in of which a message is. */
  now(): number;
  /** A batch comes in, or a write has ended. */
  setNow(now: number): void;
  /** What a peer has was heard: there may be nothing left to tell each other. */
  onPieces(peer: Peer): void;
}

/** What the messages of a torrent's peers lead to. */
export function makeRoutes(parts: RouteParts): PeerHost {
  const { layout, downloader, uploader, choker, interest, news, allowedFast, superSeeding, extensions } =
    parts;
  const nothing = new Bitfield(layout.pieceCount);
  const everything = nothing.clone();
  everything.setAll();
  const fill = (peer: Peer, now: number): void => {
    uploader.fill(peer, now);
    extensions?.fill(peer);
    news.tell(peer, now);
  };
  return {
    layout,
    nothing,
    everything,
    onBitfield: (peer) => {
      downloader.onBitfield(peer);
      interest.onBitfield(peer);
      superSeeding?.onBitfield(peer, parts.now());
      parts.onPieces(peer);
    },
    onHave: (peer, index) => {
      downloader.onHave(peer, index);
      interest.onHave(peer, index);
      superSeeding?.onHave(peer, index, parts.now());
      parts.onPieces(peer);
    },
    onDontHave: (peer, index) => {
      downloader.onDontHave(peer, index);
      interest.onDontHave(peer, index);
      superSeeding?.onDontHave(peer, index);
    },
    onChoke: (peer) => downloader.onChoke(peer),
    onUnchoke: (peer) => downloader.onUnchoke(peer),
    onInterestChange: (peer) => {
      choker.onInterestChange(peer, parts.now());
      allowedFast.offer(peer);
    },
    onRequest: (peer, index, begin, length) => uploader.onRequest(peer, index, begin, length),
    onCancel: (peer, index, begin) => uploader.onCancel(peer, index, begin),
    onReject: (peer, index, begin, length) => downloader.onReject(peer, index, begin, length),
    onBlockBegin: (peer, index, begin, length) => downloader.onBlockBegin(peer, index, begin, length),
    onBlocks: (peer, index, begin, data) => downloader.onBlocks(peer, index, begin, data),
    onExtended: (peer, id, payload) => extensions?.onExtended(peer, id, payload),
    onBatchEnd: (peer, now) => {
      parts.setNow(now);
      downloader.onBatchEnd(peer, now);
      fill(peer, now);
      if (news.isDue(now)) news.tellAll(now);
    },
    onWritable: (peer, now) => {
      parts.setNow(now);
      fill(peer, now);
    },
    onReadable: (peer) => {
      uploader.fill(peer, parts.now());
      if (!peer.isGone) peer.wire.flush();
    },
  };
}
