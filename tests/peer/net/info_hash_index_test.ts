import assert from "node:assert/strict";
import { InfoHashIndex } from "../../../peer/net/info_hash_index.ts";
import { obfuscate } from "../../../peer/net/mse.ts";

const INFO_HASH = new Uint8Array(20).fill(7);

Deno.test("InfoHashIndex finds an info hash by what encrypted callers say, and nothing else", async () => {
  const index = new InfoHashIndex();
  await index.add(INFO_HASH);
  assert.deepEqual(index.find(await obfuscate(INFO_HASH)), INFO_HASH);
  assert.equal(index.find(await obfuscate(new Uint8Array(20))), undefined);
});

Deno.test("InfoHashIndex finds an info hash as long as one of those that were added is here", async () => {
  const index = new InfoHashIndex();
  const obfuscated = await obfuscate(INFO_HASH);
  void index.add(INFO_HASH);
  void index.add(INFO_HASH);
  await index.delete(INFO_HASH);
  assert.deepEqual(index.find(obfuscated), INFO_HASH);
  await index.delete(INFO_HASH);
  assert.equal(index.find(obfuscated), undefined);
});

Deno.test("InfoHashIndex.close() waits for changes, which count in their order", async () => {
  const index = new InfoHashIndex();
  for (let i = 0; i < 10; i++) {
    index.add(INFO_HASH);
    index.delete(INFO_HASH);
  }
  index.add(INFO_HASH);
  await index.close();
  assert.deepEqual(index.find(await obfuscate(INFO_HASH)), INFO_HASH);
});
