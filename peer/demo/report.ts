// What the demo says at its end: how long each copy took, and who gave how much to whom.

import { formatBytes, formatRate, plural } from "../cli/format.ts";
import type { DemoPeer } from "./swarm.ts";

/** Lines for the terminal. `seconds` belong to `peers` without the seeder, in the same order. */
export function reportLines(
  peers: DemoPeer[],
  seconds: number[],
  wholeSeconds: number,
  size: number,
): string[] {
  const leechers = peers.slice(1);
  const rows = leechers.map((leecher, i) => {
    const taken = seconds[i] ?? 0;
    return [`${leecher.port}`, formatBytes(size), `${taken.toFixed(2)} s`, formatRate(size / taken)];
  });
  const lines = [
    `${
      plural(leechers.length, "copy").replace("copys", "copies")
    } identical to the original, byte for byte, ` +
    `in ${wholeSeconds.toFixed(2)} s: ${formatRate(size * leechers.length / wholeSeconds)} in all`,
    "",
    ...table(["leecher", "size", "time", "rate"], rows),
  ];
  if (leechers.every((leecher) => leecher.received.size === 0)) return lines; // still connected
  const gifts = peers.map((giver) => [
    `${giver.port}`,
    ...leechers.map((taker) => (taker === giver ? "" : formatBytes(taker.received.get(giver.peerId) ?? 0))),
    formatBytes(leechers.reduce((sum, taker) => sum + (taker.received.get(giver.peerId) ?? 0), 0)),
  ]);
  return [
    ...lines,
    "",
    ...table(["from \\ to", ...leechers.map((taker) => `${taker.port}`), "given"], gifts),
  ];
}

/** Columns as wide as their widest cell: the first to the left, numbers to the right. */
function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => (row[i] ?? "").length)));
  return [head, ...rows].map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("   ")
      .trimEnd()
  );
}
