// Fuzzes one target, in a process of its own: a parser that never ends, or takes all memory, ends with it.
// Arguments: the target's name, the seed, how many inputs. Prints what is done now and then, at last the outcome, as JSON.

import { fuzz } from "./fuzz.ts";
import { TARGETS } from "./targets.ts";

const [name, seed, count] = Deno.args;
const target = TARGETS.find((each) => each.name === name);
if (target === undefined) throw new Error(`Cannot fuzz ${name}: there is no such target`);

let peakBytes = 0;
const outcome = await fuzz(target, {
  seed: Number(seed),
  count: Number(count),
  onProgress(done) {
    peakBytes = Math.max(peakBytes, Deno.memoryUsage().rss);
    console.log(JSON.stringify({ done }));
  },
});
console.log(JSON.stringify({ ...outcome, peakBytes }));
