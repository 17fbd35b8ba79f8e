// A virtual machine may give its free memory back to the host ("free page reporting" of its balloon). What is touched next
// has to be fetched from the host again, measured at 2 s a GiB: more than the whole transfer takes, and in proportion to
// what a program writes rather than to how it works. So the memory is kept in use, as on any machine that has been up
// for a while: filled with page cache that can be dropped at once. New pages then come from there, 0.2 s a GiB.

import { output } from "../../support/drivers/program.ts";

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const READ_BYTES = 4 * MIB;
/** The kernel keeps some free whatever is read. */
const FREE_BYTES = GIB / 4;
/** Below this, what is missing is not worth a read. */
const SLACK_BYTES = GIB / 16;
/** The kernel may insist on more that is free than is asked for here. */
const MOST_PASSES = 16;
const LANES = 2;
/** All holes: read, it takes memory and no disk. Each read goes on where the last one ended. */
const BALLAST_BYTES = 4096 * GIB;

/** VIRTIO_BALLOON_F_REPORTING, and the id of such devices. */
const REPORTING_BIT = 5;
const BALLOON = "0x0005";

/** Whether this machine gives its free memory back to a host. */
export async function givesMemoryBack(): Promise<boolean> {
  const script =
    'for each in /sys/bus/virtio/devices/*; do echo "$(cat $each/device) $(cat $each/features)"; done';
  const text = await output({ name: "sh", command: ["sh", "-c", script], cwd: "/" }).catch(() => "");
  return text.split("\n").some((line) => {
    const [device, features = ""] = line.split(" ");
    return device === BALLOON && features[REPORTING_BIT] === "1";
  });
}

export class PageCache {
  readonly #path: string;
  #at = 0;

  /** @param path of a file that it may make, and that goes with its folder */
  constructor(path: string) {
    this.#path = path;
  }

  /** Reads holes until little memory is free. */
  async fill(): Promise<void> {
    for (let pass = 0; pass < MOST_PASSES; pass++) {
      const missing = await freeBytes() - FREE_BYTES;
      if (missing < SLACK_BYTES) return;
      const lane = Math.ceil(missing / LANES / READ_BYTES) * READ_BYTES;
      const starts = Array.from({ length: LANES }, (_, i) => this.#at + i * lane);
      this.#at = (this.#at + LANES * lane) % (BALLAST_BYTES / 2);
      await Promise.all(starts.map((start) => this.#read(start, lane)));
    }
  }

  async #read(from: number, length: number): Promise<void> {
    using file = await Deno.open(this.#path, { read: true, write: true, create: true });
    if ((await file.stat()).size !== BALLAST_BYTES) await file.truncate(BALLAST_BYTES);
    await file.seek(from, Deno.SeekMode.Start);
    const into = new Uint8Array(READ_BYTES);
    for (let done = 0; done < length; done += READ_BYTES) await file.read(into);
  }
}

async function freeBytes(): Promise<number> {
  const text = await output({ name: "cat", command: ["cat", "/proc/meminfo"], cwd: "/" });
  return Number(/^MemFree:\s*(\d+)/m.exec(text)?.[1] ?? 0) * 1024;
}
