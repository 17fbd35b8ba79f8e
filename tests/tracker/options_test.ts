import assert from "node:assert/strict";
import { completeRules } from "../../tracker/options.ts";

Deno.test("completeRules() derives what isn't said from the interval", () => {
  const { minIntervalSeconds, peerTimeoutSeconds } = completeRules();
  assert.deepEqual({ minIntervalSeconds, peerTimeoutSeconds }, {
    minIntervalSeconds: 60,
    peerTimeoutSeconds: 2730,
  });
  const brief = completeRules({ intervalSeconds: 5 });
  assert.deepEqual([brief.minIntervalSeconds, brief.peerTimeoutSeconds], [1, 38]);
});

for (
  const { rules, says } of [
    {
      rules: { intervalSeconds: 0 },
      says: /Cannot set intervalSeconds: must be a whole number from 1 to 86400: got 0/,
    },
    { rules: { intervalSeconds: 1.5 }, says: /intervalSeconds/ },
    { rules: { maxNumwant: 1001 }, says: /maxNumwant/ },
    { rules: { maxPeers: NaN }, says: /maxPeers/ },
    {
      rules: { intervalSeconds: 10, minIntervalSeconds: 11 },
      says: /must not be above intervalSeconds, 10: got 11/,
    },
  ]
) {
  Deno.test(`completeRules() refuses ${JSON.stringify(rules)}`, () => {
    assert.throws(() => completeRules(rules), { name: "RangeError", message: says });
  });
}
