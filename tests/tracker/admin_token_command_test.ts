import assert from "node:assert/strict";
import { adminTokenCommand } from "../../tracker/admin_token_command.ts";
import { AdminToken } from "../../tracker/admin_token.ts";
import type { SyncOutput } from "../../tracker/patient_print.ts";
import { ProgramLog } from "../../tracker/program_log.ts";
import { makeTempDir } from "../support/temp_dir.ts";

function renew(data: string, news: SyncOutput): void {
  const log = new ProgramLog("text", { news });
  adminTokenCommand({ settings: { data }, renew: true, defaultData: `${data}.default`, log });
}

Deno.test("admin-token --renew makes no token that no tracker would take", async () => {
  await using dir = await makeTempDir();
  let said = "";
  const news = {
    writeSync(bytes: Uint8Array): number {
      said += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  };
  for (const data of [dir.join("slip.sqlite"), dir.join("none", "tracker.sqlite")]) {
    assert.throws(() => renew(data, news), {
      name: "SettingsError",
      message: `Cannot renew the admin token: no tracker has kept anything in ${data}. ` +
        "Name what it runs with, --data or --config, in the folder that it runs in",
    });
  }
  assert.deepEqual(await Array.fromAsync(Deno.readDir(dir.path)), []);
  const data = dir.join("tracker.sqlite");
  await Deno.writeTextFile(data, "");
  renew(data, news);
  assert.match(said, /^\[TRACKER\] Admin token: [\w-]{32}\n/);
});

Deno.test("admin-token --renew leaves the former token where the new one can't be shown", async () => {
  await using dir = await makeTempDir();
  const data = dir.join("tracker.sqlite");
  await Deno.writeTextFile(data, "");
  const { fresh = "" } = AdminToken.open({ data, given: undefined });
  const reasons = [
    new Error("No space left on device (os error 28)"),
    new Deno.errors.BrokenPipe("Broken pipe (os error 32)"),
  ];
  for (const reason of reasons) {
    const news = {
      writeSync(): never {
        throw reason;
      },
    };
    assert.throws(() => renew(data, news), {
      name: "SettingsError",
      message: `Cannot show another admin token: ${reason.message}: the former one counts as before`,
    });
    assert(AdminToken.open({ data, given: undefined }).matches(fresh));
  }
  const names = (await Array.fromAsync(Deno.readDir(dir.path))).map(({ name }) => name);
  assert.deepEqual(names.toSorted(), ["tracker.sqlite", "tracker.sqlite.token"]);
});
