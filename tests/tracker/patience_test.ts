import assert from "node:assert/strict";
import { Patience } from "../../tracker/patience.ts";

Deno.test("Patience owes a former time from the first look after the change, and for that time", () => {
  const patience = new Patience();
  assert.equal(patience.owed(0), 0);
  patience.owe(100);
  assert.equal(patience.owed(50_000), 100);
  assert.equal(patience.owed(149_999), 100);
  assert.equal(patience.owed(150_000), 0);
});

Deno.test("Patience owes the longest of several times, then the next that is still owed", () => {
  const patience = new Patience();
  patience.owe(100);
  assert.equal(patience.owed(0), 100);
  patience.owe(60);
  assert.equal(patience.owed(90_000), 100);
  patience.owe(30);
  assert.equal(patience.owed(91_000), 100);
  assert.equal(patience.owed(100_000), 60);
  assert.equal(patience.owed(150_000), 0);
});

Deno.test("Patience owes a time anew that is told again", () => {
  const patience = new Patience();
  patience.owe(100);
  assert.equal(patience.owed(0), 100);
  patience.owe(60);
  patience.owe(100);
  assert.equal(patience.owed(80_000), 100);
  assert.equal(patience.owed(179_999), 100);
  assert.equal(patience.owed(180_000), 0);
});
