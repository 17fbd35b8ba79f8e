import assert from "node:assert/strict";
import { FileWatch } from "../../tracker/file_watch.ts";
import { makeTempDir } from "../support/temp_dir.ts";

Deno.test("FileWatch.hasChanged() tells a change once, when it has come to rest", async () => {
  await using dir = await makeTempDir();
  const [one, other] = [dir.join("one"), dir.join("other")];
  await Deno.writeTextFile(one, "1");
  const watch = new FileWatch([one, other]);
  assert.equal(await watch.hasChanged(), false);

  await Deno.writeTextFile(one, "12");
  assert.equal(await watch.hasChanged(), false, "it may be written still");
  await Deno.writeTextFile(other, "1");
  assert.equal(await watch.hasChanged(), false, "the other came meanwhile");
  assert.equal(await watch.hasChanged(), true);
  assert.equal(await watch.hasChanged(), false);

  // Put in place under the same name, as certificates are: of the same length, and as old.
  await Deno.writeTextFile(dir.join("new"), "34");
  const { mtime } = await Deno.stat(one);
  await Deno.utime(dir.join("new"), mtime as Date, mtime as Date);
  await Deno.rename(dir.join("new"), one);
  assert.equal(await watch.hasChanged(), false);
  assert.equal(await watch.hasChanged(), true);

  await Deno.remove(other);
  assert.equal(await watch.hasChanged(), false);
  assert.equal(await watch.hasChanged(), true);
});
