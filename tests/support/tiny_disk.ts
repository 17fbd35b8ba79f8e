// A file system of a chosen size, to be full or read-only on purpose. Needs Linux and the right to mount.

/** A mounted tmpfs, unmounted at the end of the scope. */
export interface TinyDisk extends AsyncDisposable {
  readonly path: string;
  /** From now on nothing can be written. */
  makeReadOnly(): Promise<void>;
}

/** Why tests with a disk of their own can't run here; undefined if they can. With CI=true they must run. */
export async function whyNoTinyDisk(): Promise<string | undefined> {
  let reason: string | undefined;
  const folder = await Deno.makeTempDir({ prefix: "seedling-test-mount-" });
  try {
    await using _disk = await mountTinyDisk(folder, 64);
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  if (reason !== undefined && Deno.env.get("CI") === "true") {
    throw new Error(`Cannot test full and read-only disks: ${reason}`);
  }
  return reason;
}

/** Mounts an empty disk of `kib` KiB on a folder. */
export async function mountTinyDisk(path: string, kib: number): Promise<TinyDisk> {
  if (Deno.build.os !== "linux") throw new Error("it takes Linux to mount a tmpfs");
  await run("mount", "-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", path);
  return {
    path,
    makeReadOnly: () => run("mount", "-o", "remount,ro", path),
    [Symbol.asyncDispose]: () => run("umount", "-l", path),
  };
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stdout: "null", stderr: "piped" })
    .output();
  if (success) return;
  // "mount: /path: must be superuser to use mount." and more lines that help nobody here.
  const reason = new TextDecoder().decode(stderr).split("\n")[0]?.split(": ").at(-1) ?? "no reason given";
  throw new Error(`${command} failed: ${reason.replace(/\.$/, "")}`);
}
