import assert from "node:assert/strict";
import { type Dashes, whatIsWrongWith } from "../../../peer/cli/one_dash.ts";

const DASHES: Dashes = {
  names: new Set(["dir", "json", "help", "x"]),
  switches: new Set(["h", "v"]),
  valued: new Set(["d"]),
};

Deno.test("nothing is wrong with words, with names, and with short flags as they are meant", () => {
  for (
    const arg of [
      "dir",
      "-",
      "--",
      "--dir",
      "--dir=-h5",
      "-h",
      "-hv",
      "-d",
      "-dfoo",
      "-d=ir",
      "-dirs",
      "-é",
      "-5",
      "",
    ]
  ) {
    assert.equal(whatIsWrongWith(arg, DASHES), undefined, arg);
  }
});

Deno.test("what begins with a letter that is no flag is for others to say", () => {
  for (const arg of ["-x", "-xh", "-x=5", "-H"]) assert.equal(whatIsWrongWith(arg, DASHES), undefined, arg);
});

Deno.test("a name behind one dash is told from flags that are joined", () => {
  assert.match(whatIsWrongWith("-json", DASHES) ?? "", /two dashes\. Write --json$/);
  assert.match(whatIsWrongWith("-help=a\nb", DASHES) ?? "", /two dashes\. Write --help$/);
  assert.match(
    whatIsWrongWith("-dir=a\nb", DASHES) ?? "",
    /value "ir=a\\nb"\. Write --dir for the flag, -d=… for that value$/,
  );
});

Deno.test("what is joined to a flag that has no value is told as it was read", () => {
  assert.match(whatIsWrongWith("-hvx", DASHES) ?? "", /^it reads as -h -v -x, and there is no -x$/);
  assert.match(whatIsWrongWith("-hdx", DASHES) ?? "", /^it reads as -h -d -x, and -d must stand by itself/);
  assert.match(whatIsWrongWith("-h=v", DASHES) ?? "", /^-h has no value/);
  assert.match(whatIsWrongWith("-hv5", DASHES) ?? "", /^-h has no value/);
});
