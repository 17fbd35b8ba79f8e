// Whole transfers between processes, by the command lines that ship. All contestants find each other through one
// tracker; the data is in the page cache, incompressible, and no two pieces are the same; the copies are removed and the
// disk has come to rest before the next turn.
//
//   deno run -P=bench tests/bench/transfer.ts [transfer:1m …] [--rounds N] [--only libtorrent] [--beside CHECKOUT]

import { aria2 } from "../support/drivers/clients/aria2.ts";
import type { ForeignClient } from "../support/drivers/clients/client.ts";
import { libtorrentWith } from "../support/drivers/clients/libtorrent.ts";
import { projectFolder, seedling, seedlingAt } from "../support/drivers/clients/seedling.ts";
import { webtorrent } from "../support/drivers/clients/webtorrent.ts";
import { type Content, describeContent } from "../support/drivers/content.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { barePair } from "./support/bare/client.ts";
import { runAlone } from "./support/bench_program.ts";
import { checkouts } from "./support/checkouts.ts";
import type { FigureKind, Target } from "./support/report.ts";
import type { Contestant } from "./support/rounds.ts";
import { runTransfer } from "./support/transfer.ts";

const KIB = 1024;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Encryption is off, as it is in all the others. */
export const libtorrent = libtorrentWith({ out_enc_policy: 2, in_enc_policy: 2 });

export const CPU_PER_GB: FigureKind = {
  key: "cpuPerGb",
  title: "CPU-s/GB",
  unit: "s",
  name: "CPU-seconds per GB",
  better: "less",
  digits: 2,
};

const FIGURES: readonly [FigureKind, ...FigureKind[]] = [
  { key: "rate", title: "MB/s", unit: "MB/s", name: "rate", better: "more" },
  CPU_PER_GB,
  { key: "seederMib", title: "seeder MiB", unit: "MiB", name: "the seeder's peak RSS", better: "less" },
  { key: "leecherMib", title: "leecher MiB", unit: "MiB", name: "the leecher's peak RSS", better: "less" },
];

const ours = seedling.name;
const programs = [libtorrent, webtorrent, aria2];

/** One file, or a small one where the run is to be quick. */
export function oneFile(run: BenchRun, length: number, pieceLength: number): Content {
  const bytes = run.options.isQuick ? length / 64 : length;
  return describeContent("one file", `${bytes / MIB} MiB`, pieceLength, [["", bytes]]);
}

/** Each client with its like: one seeder, `leechers` leechers. In a quick run one foreign client is enough. */
export function likeWithLike(
  run: BenchRun,
  content: Content,
  { leechers = 1, clients = run.options.isQuick ? [libtorrent] : programs, label = "" }: {
    leechers?: number;
    clients?: ForeignClient[];
    label?: string;
  } = {},
): Contestant[] {
  const own = checkouts(run.options).map(({ name, folder }) => seedlingAt(folder, name));
  return [...own, ...clients].map((client) => ({
    name: client.name + label,
    needs: [client],
    run: () => {
      const { isQuick } = run.options;
      const plan = {
        content,
        seeder: client,
        leechers: new Array(leechers).fill(client),
        isCompared: isQuick,
      };
      return runTransfer(run.workspace, plan);
    },
  }));
}

const oneMebibyte: Bench = {
  name: "transfer:1m",
  summary: "1 seeder, 1 leecher, 1 GiB in pieces of 1 MiB",
  programs,
  async run(run) {
    const contestants = likeWithLike(run, oneFile(run, GIB, MIB), { clients: programs });
    run.report(await run.play(contestants), {
      title: this.summary,
      figures: FIGURES,
      ours,
      targets: [
        { figure: "rate", of: ours, against: libtorrent.name, must: 2.5, beyond: 3.5 },
        { figure: "rate", of: ours, against: webtorrent.name, must: 4 },
        { figure: "cpuPerGb", of: ours, against: libtorrent.name, must: 0.55, beyond: 0.45 },
        { figure: "seederMib", of: ours, must: 160, beyond: 120 },
        { figure: "leecherMib", of: ours, must: 160, beyond: 120 },
      ],
    });
  },
};

const twiceAsFast: Target = { figure: "rate", of: ours, against: libtorrent.name, must: 2 };

/** A bench of one seeder and one or more leechers, twice as fast as libtorrent. */
function plainBench(
  name: string,
  summary: string,
  { describe, leechers = 1 }: { describe: (run: BenchRun) => Content; leechers?: number },
): Bench {
  return {
    name,
    summary,
    programs,
    async run(run) {
      const contestants = likeWithLike(run, describe(run), { leechers });
      run.report(await run.play(contestants), {
        title: summary,
        figures: FIGURES,
        ours,
        targets: [twiceAsFast],
      });
    },
  };
}

function manyFiles(run: BenchRun): Content {
  const count = run.options.isQuick ? 100 : 10_000;
  const files = Array.from({ length: count }, (_, i): [string, number] => [
    `${String(Math.floor(i / 100)).padStart(2, "0")}/${String(i % 100).padStart(2, "0")}.bin`,
    100 * KIB,
  ]);
  return describeContent("many files", `${count} files`, MIB, files);
}

const mixed: Bench = {
  name: "transfer:mixed",
  summary: "ours with libtorrent, 1 GiB in pieces of 1 MiB",
  programs: [libtorrent],
  async run(run) {
    const content = oneFile(run, GIB, MIB);
    const pair = (seeder: ForeignClient, leecher: ForeignClient): Contestant => ({
      name: `${seeder.name} → ${leecher.name}`,
      needs: [seeder, leecher],
      run: () => {
        const plan = { content, seeder, leechers: [leecher], isCompared: run.options.isQuick };
        return runTransfer(run.workspace, plan);
      },
    });
    const pairs = [
      pair(seedling, libtorrent),
      pair(libtorrent, seedling),
      pair(libtorrent, libtorrent),
    ] as const;
    const [give, take, theirs] = pairs;
    run.report(await run.play(pairs), {
      title: this.summary,
      figures: FIGURES,
      ours: theirs.name,
      targets: [give, take].map(({ name }) => ({
        figure: "rate",
        of: name,
        against: theirs.name,
        must: 1.1,
      })),
    });
  },
};

const encrypted: Bench = {
  name: "transfer:rc4",
  summary: "1 GiB in pieces of 1 MiB, every byte encrypted, and beside it in the clear",
  programs: [libtorrent],
  async run(run) {
    const content = oneFile(run, GIB, MIB);
    const ourRc4 = seedlingAt(projectFolder, `${ours}, RC4`, ["--encryption", "required"]);
    const theirRc4 = {
      ...libtorrentWith({ out_enc_policy: 0, in_enc_policy: 0, allowed_enc_level: 2 }),
      name: `${libtorrent.name}, RC4`,
    };
    const contestants = [seedling, ourRc4, theirRc4, libtorrent].map((client): Contestant => ({
      name: client.name,
      needs: [client],
      run: () => {
        const plan = { content, seeder: client, leechers: [client], isCompared: run.options.isQuick };
        return runTransfer(run.workspace, plan);
      },
    }));
    run.report(await run.play(contestants), {
      title: this.summary,
      figures: FIGURES,
      ours: ourRc4.name,
      targets: [
        { figure: "rate", of: ourRc4.name, against: theirRc4.name, must: 1 },
        { figure: "cpuPerGb", of: ourRc4.name, against: theirRc4.name, must: 1 },
      ],
    });
  },
};

/** Sparse: most of it is never written, so that the larger one costs the disk nothing. */
const memory: Bench = {
  name: "transfer:memory",
  summary: "peak RSS of 1 GiB and of 8 GiB",
  programs: [libtorrent],
  async run(run) {
    const sizes = [GIB, 8 * GIB].map((length) => {
      const content = { ...oneFile(run, length, MIB), isSparse: true };
      return { content: { ...content, name: `sparse ${content.name}` }, label: `, ${content.name}` };
    });
    const contestants = sizes.flatMap(({ content, label }) =>
      likeWithLike(run, content, { label, clients: [libtorrent] })
    );
    const [small = "", large = ""] = sizes.map(({ label }) => ours + label);
    const absolute = [small, large].flatMap((of) =>
      ["seederMib", "leecherMib"].map((figure) => ({ figure, of, must: 160, beyond: 120 }))
    );
    const level = ["seederMib", "leecherMib"].map((figure) => ({
      figure,
      of: large,
      against: small,
      must: 1.1,
    }));
    run.report(await run.play(contestants), {
      title: this.summary,
      figures: FIGURES,
      ours: large,
      targets: [...absolute, ...level],
    });
  },
};

const bare: Bench = {
  name: "transfer:bare",
  summary: "1 GiB in pieces of 1 MiB, beside two programs that do nothing but that",
  programs: [],
  async run(run) {
    const contestants = likeWithLike(run, oneFile(run, GIB, MIB), { clients: [barePair] });
    run.report(await run.play(contestants), {
      title: this.summary,
      figures: FIGURES,
      ours,
      targets: [
        { figure: "rate", of: ours, against: barePair.name, must: 1 },
        { figure: "cpuPerGb", of: ours, against: barePair.name, must: 1 },
      ],
    });
  },
};

export const transferBenches: Bench[] = [
  oneMebibyte,
  plainBench("transfer:256k", "1 seeder, 1 leecher, 1 GiB in pieces of 256 KiB", {
    describe: (run) => oneFile(run, GIB, 256 * KIB),
  }),
  plainBench("transfer:4m", "1 seeder, 1 leecher, 1 GiB in pieces of 4 MiB", {
    describe: (run) => oneFile(run, GIB, 4 * MIB),
  }),
  plainBench("transfer:files", "1 seeder, 1 leecher, 10,000 files of 100 KiB", { describe: manyFiles }),
  plainBench("transfer:swarm", "1 seeder, 4 leechers, 1 GiB each in pieces of 1 MiB", {
    describe: (run) => oneFile(run, GIB, MIB),
    leechers: 4,
  }),
  mixed,
  encrypted,
  memory,
  bare,
];

if (import.meta.main) await runAlone(transferBenches);
