// What a power cut leaves of a folder, thought out: of what was written since a file's last sync any sectors are there or
// not. The changes of names are there up to some moment, in their order, and at least up to the last sync of any file: so do
// the journals of ext4, XFS and btrfs. Nothing orders the two: a file that has its new name need not have its bytes.

import type { SeededRandom } from "../../support/random.ts";

/** One thing that a program did to a folder, or what it said to the world meanwhile. Paths are relative to the folder. */
export type Step =
  | { kind: "create"; path: string }
  | { kind: "write"; path: string; at: number; bytes: Uint8Array }
  | { kind: "truncate"; path: string; length: number }
  | { kind: "sync"; path: string }
  | { kind: "rename"; path: string; to: string }
  | { kind: "remove"; path: string }
  | { kind: "said"; bytes: Uint8Array };

/** Disks write so much at once or nothing. */
const SECTOR_BYTES = 512;

/** A file, whatever it is called at the moment. */
interface Inode {
  /** Its writes and truncations, with the number of the step. */
  changes: { step: number; at: number; bytes?: Uint8Array }[];
  syncedAt: number;
}

/** The files after a cut before `steps[cut]`: their paths and bytes. `before` is what was there, safe, at the beginning. */
export function afterCut(
  steps: readonly Step[],
  cut: number,
  random: SeededRandom,
  before: ReadonlyMap<string, Uint8Array> = new Map(),
): Map<string, Uint8Array> {
  const done = steps.slice(0, cut);
  const lastSync = done.findLastIndex(({ kind }) => kind === "sync");
  const namesUntil = lastSync + 1 + random.below(cut - lastSync);
  /** As the program saw them, and as the disk has them. */
  const seen = new Map<string, Inode>();
  const kept = new Map<string, Inode>();
  for (const [path, bytes] of before) {
    const inode = { changes: [{ step: -1, at: 0, bytes }], syncedAt: 0 };
    seen.set(path, inode);
    kept.set(path, inode);
  }
  for (const [number, step] of done.entries()) {
    const views = number < namesUntil ? [seen, kept] : [seen];
    const inode = "path" in step ? seen.get(step.path) : undefined;
    switch (step.kind) {
      case "create": {
        const made: Inode = { changes: [], syncedAt: -1 };
        for (const view of views) view.set(step.path, made);
        break;
      }
      case "rename":
        for (const view of views) {
          const moved = view.get(step.path);
          view.delete(step.path);
          if (moved !== undefined) view.set(step.to, moved);
        }
        break;
      case "remove":
        for (const view of views) view.delete(step.path);
        break;
      case "sync":
        if (inode !== undefined) inode.syncedAt = number;
        break;
      case "write":
        inode?.changes.push({ step: number, at: step.at, bytes: step.bytes });
        break;
      case "truncate":
        // A length is a matter of the journal as names are.
        if (number < namesUntil) inode?.changes.push({ step: number, at: step.length });
        break;
    }
  }
  return new Map([...kept].map(([path, inode]) => [path, bytesOf(inode, random)]));
}

function bytesOf({ changes, syncedAt }: Inode, random: SeededRandom): Uint8Array {
  const size = Math.max(0, ...changes.map(({ at, bytes }) => at + (bytes?.length ?? 0)));
  const all = new Uint8Array(size);
  let length = 0;
  for (const { at, bytes, step } of changes) {
    if (bytes === undefined) {
      all.fill(0, at);
      length = at;
      continue;
    }
    const isSafe = step <= syncedAt;
    // All of a write, nothing of it, or some.
    const mode = isSafe ? 0 : random.below(3);
    if (mode === 1 && random.below(2) === 0) continue; // not even the length
    length = Math.max(length, at + bytes.length);
    if (mode === 1) continue;
    for (let from = 0; from < bytes.length;) {
      const to = Math.min(bytes.length, from + SECTOR_BYTES - (at + from) % SECTOR_BYTES);
      if (mode === 0 || random.below(2) === 0) all.set(bytes.subarray(from, to), at + from);
      from = to;
    }
  }
  return all.slice(0, length);
}
