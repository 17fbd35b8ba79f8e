import assert from "node:assert/strict";
import { Rc4 } from "../../../peer/net/rc4.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

Deno.test("Rc4.apply() gives the published vectors", async (t) => {
  const vectors = [
    { key: "Key", plain: "Plaintext", cipher: "bbf316e8d940af0ad3" },
    { key: "Wiki", plain: "pedia", cipher: "1021bf0420" },
    { key: "Secret", plain: "Attack at dawn", cipher: "45a01f645fc35b383552544b9bf5" },
  ];
  for (const { key, plain, cipher } of vectors) {
    await t.step(key, () => {
      const bytes = utf8(plain);
      new Rc4(utf8(key)).apply(bytes);
      assert.equal(bytes.toHex(), cipher);
      new Rc4(utf8(key)).apply(bytes);
      assert.deepEqual(bytes, utf8(plain));
    });
  }
});

Deno.test("Rc4.skip() passes over the beginning of the stream, as RFC 6229 lists it", () => {
  const cipher = new Rc4(Uint8Array.of(1, 2, 3, 4, 5));
  cipher.skip(1024);
  const bytes = new Uint8Array(16);
  cipher.apply(bytes);
  assert.equal(bytes.toHex(), "30abbcc7c20b01609f23ee2d5f6bb7df");
});

Deno.test("Rc4.apply() does not care how the stream is cut", () => {
  const whole = new Uint8Array(1000);
  new Rc4(utf8("key")).apply(whole);
  const parts = new Uint8Array(1000);
  const cipher = new Rc4(utf8("key"));
  for (let at = 0, n = 0; at < parts.length; at += n++) cipher.apply(parts.subarray(at, at + n));
  assert.deepEqual(parts, whole);
});
