import assert from "node:assert/strict";
import {
  errorCode,
  StorageError,
  storageError,
  type StorageErrorKind,
} from "../../../peer/storage/errors.ts";

const TABLE: { code: string; kind: StorageErrorKind; message: string }[] = [
  { code: "ENOENT", kind: "missing", message: "Cannot write /x/y: it does not exist" },
  { code: "EACCES", kind: "denied", message: "Cannot write /x/y: permission denied: check who owns it" },
  {
    code: "EPERM",
    kind: "denied",
    message: "Cannot write /x/y: the operation is not permitted: check who owns it",
  },
  { code: "EROFS", kind: "denied", message: "Cannot write /x/y: the file system is read-only" },
  {
    code: "ENOSPC",
    kind: "full",
    message: "Cannot write /x/y: the disk is full: free some space and start again; verified pieces are kept",
  },
  {
    code: "EDQUOT",
    kind: "full",
    message:
      "Cannot write /x/y: the disk quota is used up: free some space and start again; verified pieces are kept",
  },
  {
    code: "EFBIG",
    kind: "full",
    message: "Cannot write /x/y: the file system can't hold a file of that size: choose another disk",
  },
  {
    code: "EISDIR",
    kind: "is-directory",
    message: "Cannot write /x/y: it is a folder, and a file should be there",
  },
  {
    code: "ENOTDIR",
    kind: "not-directory",
    message: "Cannot write /x/y: a part of its path is a file, and a folder should be there",
  },
  { code: "EIO", kind: "io", message: "Cannot write /x/y: the disk reported an input/output error" },
  { code: "ESTRANGE", kind: "io", message: "Cannot write /x/y: what the system said" },
];

for (const { code, kind, message } of TABLE) {
  Deno.test(`storageError() explains ${code}`, () => {
    const error = storageError("write", "/x/y", Object.assign(new Error("what the system said"), { code }));
    assert.ok(error instanceof StorageError);
    assert.deepEqual([error.kind, error.path, error.message], [kind, "/x/y", message]);
  });
}

Deno.test("storageError() lets a StorageError pass unchanged", () => {
  const error = new StorageError("Cannot", "/a", "full");
  assert.equal(storageError("write", "/b", error), error);
});

Deno.test("storageError() takes anything that was thrown", () => {
  assert.equal(storageError("read", "/a", "text").message, "Cannot read /a: text");
});

Deno.test("errorCode() finds the code in errors that carry only the system's number", () => {
  assert.equal(errorCode(new Error("File too large (os error 27)")), "EFBIG");
  assert.equal(errorCode(new Error("No space left on device (os error 28)")), "ENOSPC");
  assert.equal(errorCode(new Error("no number")), undefined);
});
