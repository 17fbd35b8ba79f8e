import assert from "node:assert/strict";
import { ProgramLog } from "../../tracker/program_log.ts";

/** A pipe that takes a byte of each line, then is full twice, then takes the rest. */
function hastyPipe() {
  let text = "";
  const answers = [1, 0, 0];
  return {
    get text() {
      return text;
    },
    writeSync(bytes: Uint8Array): number {
      const answer = answers.shift() ?? bytes.length;
      if (answer === 0) throw new Deno.errors.WouldBlock("Resource temporarily unavailable (os error 11)");
      text += new TextDecoder().decode(bytes.subarray(0, answer));
      return answer;
    },
  };
}

Deno.test("ProgramLog's lines wait for a pipe that is full, news and complaints alike", () => {
  const [news, complaints] = [hastyPipe(), hastyPipe()];
  let waits = 0;
  const log = new ProgramLog("text", { news, complaints, wait: () => waits++ });
  log.info("Admin token: x");
  log.warn("y");
  assert.deepEqual([news.text, complaints.text], ["[TRACKER] Admin token: x\n", "[TRACKER] y\n"]);
  assert.equal(waits, 4);
});

Deno.test("ProgramLog goes on when its reader has gone", () => {
  const gone = {
    writeSync(): never {
      throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
    },
  };
  const log = new ProgramLog("json", { news: gone, complaints: gone });
  log.info("a");
  log.warn("b");
});

/** A file on a disk that is full at times. */
function fileOnDisk() {
  const disk = {
    isFull: true,
    text: "",
    writeSync(bytes: Uint8Array): number {
      if (disk.isFull) throw new Error("No space left on device (os error 28)");
      disk.text += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  };
  return disk;
}

Deno.test("ProgramLog loses what a full disk doesn't take, says so once, and goes on when there is room", () => {
  const [news, complaints] = [fileOnDisk(), fileOnDisk()];
  const log = new ProgramLog("text", { news, complaints });
  log.warn("a");
  complaints.isFull = false;
  log.info("b");
  log.info("c");
  assert.equal(
    complaints.text,
    "[TRACKER] Cannot write to standard output: No space left on device (os error 28). Going on without\n",
  );
  news.isFull = false;
  log.info("d");
  news.isFull = true;
  log.info("e");
  assert.equal(news.text, "[TRACKER] d\n");
  assert.equal(complaints.text.split("\n").length, 3, "it is said again, since it is full again");
});
