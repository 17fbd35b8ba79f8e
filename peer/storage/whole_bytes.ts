// Reads and writes of many bytes at once. A system call may do a part only; these go on until all is done.

/** Writes all bytes to a position. */
export function writeFully(file: Deno.FsFile, bytes: Uint8Array, position: number): void {
  file.seekSync(position, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) {
    const n = file.writeSync(done === 0 ? bytes : bytes.subarray(done));
    if (n === 0) throw new Error("the disk took no more bytes");
    done += n;
  }
}

/** Fills `bytes` from where the last call, or a seek, has left the file. Returns how many came before the file's end. */
export function readFully(file: Deno.FsFile, bytes: Uint8Array): number {
  let done = 0;
  while (done < bytes.length) {
    const n = file.readSync(done === 0 ? bytes : bytes.subarray(done));
    if (n === null || n === 0) break;
    done += n;
  }
  return done;
}
