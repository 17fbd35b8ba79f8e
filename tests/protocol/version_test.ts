import assert from "node:assert/strict";
import { createPeerId, recogniseClient, VERSION } from "../../protocol/mod.ts";

Deno.test("VERSION is the one in deno.json, and our peer ids carry it", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  assert.equal(VERSION, version);
  assert.equal(recogniseClient(createPeerId()), `Seedling ${VERSION}`);
});
