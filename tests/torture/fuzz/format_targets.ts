// Fuzz targets: files, links and answers that anybody may have written.

import assert from "node:assert/strict";
import { allCommands, mainCommand } from "../../../peer/cli/program.ts";
import type { Command } from "../../../peer/cli/command.ts";
import { readCommandLine, type Said } from "../../../peer/cli/command_line.ts";
import { CommandError } from "../../../peer/cli/exit_code.ts";
import { withSettings } from "../../../peer/cli/settings.ts";
import { parseBody, parseResume, ResumeError } from "../../../peer/storage/resume_state.ts";
import {
  BencodeError,
  COMPACT6_LENGTH,
  decode,
  decodeAnnounceResponse,
  decodePrefix,
  decodeScrapeResponse,
  decodeUdpAnnounce,
  decodeUdpConnect,
  decodeUdpScrape,
  encode,
  encodeDictionaryAnswer,
  encodeFailure,
  encodeScrapeResponse,
  formatMagnet,
  fromBinary,
  MagnetError,
  MetainfoError,
  parseMagnet,
  parseMetainfo,
  readUdpHeader,
  TrackerError,
  UdpAction,
} from "../../../protocol/mod.ts";
import { UdpAnswerWriter } from "../../../protocol/udp_request.ts";
import { parseContentRange, parseRetryAfter } from "../../../protocol/web_seed.ts";
import { MALFORMED_TORRENTS } from "../malformed_torrents.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { encodedStates, SUBJECT } from "./resume_states.ts";
import { asText, type FuzzTarget, texts } from "./target.ts";

const BENCODE_WORDS = ["d1:ai1e", "li1ei2ee", "i9007199254740992e", "4:info", "0:"];
const TORRENT_WORDS = [
  ...[
    "4:name",
    "6:length",
    "5:files",
    "4:pathl",
    "10:path.utf-8l",
    "12:piece lengthi",
    "6:pieces",
    "4:attr1:l",
  ],
  ...[
    "1:.",
    "2:..",
    "1:/",
    "1:\\",
    "0:",
    "7:privatei1e",
    "8:url-list",
    "13:announce-listll",
    "8:encoding8:utf-16be",
  ],
];
const UDP_ANSWER_HEAD = 20;
/** Larger ones only take time. */
const MAX_SEED_TORRENT = 2000;

export const FORMAT_TARGETS: readonly FuzzTarget[] = [
  {
    name: "bencode",
    corpus: () =>
      texts("d3:cow3:moo4:spaml1:ai-42e0:deee", "lli1ei2eed1:xi18446744073709551616eee", "5:hello", "i0e"),
    words: BENCODE_WORDS,
    errors: [BencodeError],
    open: () => (input) => {
      decodeLenient(input);
      assert.deepEqual(encode(decode(input)), input, "what is canonical is written again as it was");
    },
  },
  {
    name: ".torrent files",
    cost: 4,
    corpus: () =>
      MALFORMED_TORRENTS.map(({ bytes }) => bytes).filter(({ length }) => length < MAX_SEED_TORRENT),
    words: TORRENT_WORDS,
    errors: [MetainfoError],
    open: () => {
      let round = 0;
      return async (input) => {
        const { files, layout, name, pieces, totalLength } = await parseMetainfo(input, {
          portableNames: round++ % 2 === 0,
        });
        for (const part of [name, ...files.flatMap(({ path }) => path)]) {
          assert.match(part, /^(?!\.\.?$)[^/\\\p{Cc}]+$/u);
        }
        const places = files.filter(({ isPadding }) => !isPadding).map(({ path }) => path.join("/"));
        assert.equal(new Set(places).size, places.length, "two files at one place");
        assert.equal(files.reduce((sum, { length }) => sum + length, 0), totalLength);
        assert.equal(pieces.length, layout.pieceCount * 20);
      };
    },
  },
  {
    name: "magnet links",
    cost: 3,
    corpus: () =>
      texts(
        "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&dn=a%20b&tr=http%3A%2F%2Ft%2Fa&tr=udp%3A%2F%2Fu%3A1",
        "magnet:?xt=urn:btih:AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYU&x.pe=[::1]:1&x.pe=192.0.2.1:6881&so=0,2-4&xl=5&ws=http://w/",
      ),
    words: ["xt=urn:btih:", "so=0-4294967295", "so=", "x.pe=", "tr.1=", "&", "%zz"],
    errors: [MagnetError],
    open: () => (input) => {
      const magnet = parseMagnet(asText(input));
      assert.deepEqual(parseMagnet(formatMagnet(magnet)), magnet);
    },
  },
  {
    name: "answers of HTTP trackers",
    corpus: () => [
      fromBinary(
        "d8:completei1e10:incompletei2e8:intervali1800e5:peers12:\x7f\0\0\x01\x1a\xe1\x7f\0\0\x02\x1a\xe1" +
          "6:peers618:" + "\0".repeat(15) + "\x01\x1a\xe1e",
      ),
      encodeFailure("Busy", 5),
      encodeDictionaryAnswer({
        ...{ interval: 900, complete: 1, incomplete: 2 },
        peers: [{ ip: "127.0.0.1", port: 6881, peerId: new Uint8Array(20) }],
      }),
      encodeScrapeResponse(new Map([["a".repeat(20), { complete: 1, downloaded: 2, incomplete: 3 }]])),
    ],
    words: [
      ...BENCODE_WORDS,
      "5:peers",
      "8:intervali-1e",
      "14:failure reason",
      "8:retry in5:never",
      "5:files",
    ],
    errors: [TrackerError],
    open: () => (input) => {
      try {
        const { interval, peers } = decodeAnnounceResponse(input);
        assert.ok(interval > 0 && interval <= 86_400, `interval ${interval}`);
        assert.ok(peers.every(({ port }) => port > 0 && port < 65_536));
      } finally {
        scraped(input);
      }
    },
  },
  {
    name: "answers of UDP trackers",
    corpus: () => {
      const writer = new UdpAnswerWriter(600);
      const counts = { interval: 9, complete: 1, incomplete: 1 };
      return [
        writer.connect(1, 2, 3),
        writer.announce(1, { ...counts, peers: new Uint8Array(120).fill(9) }),
        writer.announce(1, { ...counts, peers: new Uint8Array(180).fill(9) }),
        writer.scrape(1, 2),
        writer.error(1, "No", 98),
      ].map((answer) => answer.slice());
    },
    errors: [TrackerError],
    open: () => (input) => {
      const isIp6 = (input.length - UDP_ANSWER_HEAD) % COMPACT6_LENGTH === 0;
      switch (readUdpHeader(input)?.action) {
        case UdpAction.announce:
          return decodeUdpAnnounce(input, isIp6);
        case UdpAction.scrape:
          return decodeUdpScrape(input, 2);
        default:
          return decodeUdpConnect(input);
      }
    },
  },
  {
    name: "headers of web seeds",
    corpus: () => texts("bytes 1000-1999/65536", "Thu, 01 Jan 2026 12:00:30 GMT", "bytes */5", "120"),
    errors: [],
    open: () => (input) => {
      const range = parseContentRange(asText(input));
      assert.ok(
        range === undefined || (range.first >= 0 && range.last >= range.first),
        JSON.stringify(range),
      );
      const wait = parseRetryAfter(asText(input), 0);
      assert.ok(wait === undefined || wait >= 0, `${wait}`);
    },
  },
  {
    name: "resume files",
    cost: 2,
    corpus: encodedStates,
    words: [...BENCODE_WORDS, "4:have", "5:files", "6:unsure", "5:peers", "i-3e"],
    errors: [ResumeError],
    open: () => async (input) => {
      await assert.rejects(parseResume(input, SUBJECT), ResumeError); // without the right sum
      const state = parseBody(input, SUBJECT);
      assert.equal(state.have.length, SUBJECT.layout.pieceCount);
      assert.equal(state.files.length, SUBJECT.fileCount);
      assert.ok(state.downloaded >= 0 && state.uploaded >= 0);
      for (const { blocks, index } of state.kept) {
        assert.equal(blocks.length, SUBJECT.layout.blockCount(index));
      }
    },
  },
  {
    name: "the peer's config file",
    cost: 60,
    corpus: () =>
      texts(
        '{ "state-dir": "/var/lib/x", "resume": true, "seed-ratio": 1.5, "limit-down": "1.5M", "verbose": false }',
        '{ "encryption": "required", "select": ["0", "*.flac"], "seed-time": "30m", "host": "::1", "json": "yes" }',
      ),
    words: ['"resume":', '"seed-ratio":', "[[[[", "1e309", "true", "constructor"],
    errors: [CommandError],
    open: async () => {
      // Removed when the process ends: nobody tells a target that it was the last input.
      const folder = await makeTempDir();
      addEventListener("unload", () => Deno.removeSync(folder.path, { recursive: true }));
      const path = folder.join("config.json");
      return (input) => {
        Deno.writeFileSync(path, input);
        withSettings(mainCommand(), { config: path }, allCommands);
      };
    },
  },
  {
    name: "command lines of peer get",
    cost: 50,
    corpus: () =>
      texts(
        "a.torrent\n--exit\n--limit-down\n1.5M\n--no-resume\n--select=0,2-5\n--encryption\nrequired",
        "x\n-p6881\n-d=/tmp\n--output\n-\n--seed-time=30m\n--json\n--\n-5",
      ),
    words: ["--", "-", "=", "--port=", "-p", "--json=yes", "--constructor", "--__proto__", "-5", "--dir"],
    errors: [CommandError],
    open: () => {
      const command = allCommands().get("get") as Command;
      return async (input) => {
        const args = asText(input).split("\n");
        if (args.some((arg) => ASKS_FOR_HELP.test(arg))) return; // it would be written
        const { words } = await readCommandLine(command, { name: "peer get" }, args) as Said;
        const end = args.indexOf("--");
        const after = end < 0 ? [] : args.slice(end + 1);
        const flags = words.map(String).filter((word) => /^-./s.test(word) && !after.includes(word));
        assert.deepEqual(flags, [], "a word that begins with a dash stands behind --");
      };
    },
  },
];

const ASKS_FOR_HELP = /^-(-help|[a-z]*h)/i;

/** The start of the input, as torrents in the wild are read. */
function decodeLenient(input: Uint8Array): void {
  try {
    const { length } = decodePrefix(input, { lenient: true });
    assert.ok(length > 0 && length <= input.length);
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
  }
}

/** The same bytes as an answer to a scrape. */
function scraped(input: Uint8Array): void {
  try {
    for (const { complete, incomplete } of decodeScrapeResponse(input).values()) {
      assert.ok(complete >= 0 && incomplete >= 0);
    }
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
  }
}
