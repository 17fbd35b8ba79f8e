import assert from "node:assert/strict";
import { describeProgram } from "../../../peer/cli/program.ts";
import { settingOf, variableOf } from "../../../peer/cli/settings.ts";
import { ROOT } from "../../../peer/demo/program_process.ts";

Deno.test("README names the environment variable of every flag, and no other", async () => {
  const program = describeProgram(() => Promise.resolve());
  const options = [program, ...program.commands.filter((command) => command.name() !== "edit")]
    .flatMap((command) => command.options)
    .filter((option) => !["help", "version"].includes(settingOf(option)));
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const named = new Set(
    readme.match(/`SEEDLING_(?!TRACKER_)[A-Z_]+[A-Z]`/g)?.map((name) => name.slice(1, -1)),
  );
  assert.deepEqual(
    [...named].toSorted(),
    [
      ...new Set(options.map((option) => variableOf(settingOf(option)))),
    ].toSorted(),
  );
});
