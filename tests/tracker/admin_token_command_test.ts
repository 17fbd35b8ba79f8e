import assert from "node:assert/strict";
import { adminTokenCommand } from "../../tracker/admin_token_command.ts";
import { ProgramLog } from "../../tracker/program_log.ts";
import { makeTempDir } from "../support/temp_dir.ts";

Deno.test("admin-token --renew makes no token that no tracker would take", async () => {
  await using dir = await makeTempDir();
  let said = "";
  const news = {
    writeSync(bytes: Uint8Array): number {
      said += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  };
  const renew = (data: string) =>
    adminTokenCommand({
      settings: { data },
      renew: true,
      defaultData: dir.join("default.sqlite"),
      log: new ProgramLog("text", { news }),
    });
  for (const data of [dir.join("slip.sqlite"), dir.join("none", "tracker.sqlite")]) {
    assert.throws(() => renew(data), {
      name: "SettingsError",
      message: `Cannot renew the admin token: no tracker has kept anything in ${data}. ` +
        "Name what it runs with, --data or --config, in the folder that it runs in",
    });
  }
  assert.deepEqual(await Array.fromAsync(Deno.readDir(dir.path)), []);
  const data = dir.join("tracker.sqlite");
  await Deno.writeTextFile(data, "");
  renew(data);
  assert.match(said, /^\[TRACKER\] Admin token: [\w-]{32}\n/);
});
