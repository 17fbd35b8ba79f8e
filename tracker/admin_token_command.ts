// `admin-token`: makes another admin token for a tracker, whether it runs or not. A running one takes it within a second;
// who was signed in has to sign in again.

import { renewToken } from "./admin_token.ts";
import type { ProgramLog } from "./program_log.ts";
import { readSettings, SettingsError, type SettingsSources } from "./settings.ts";

/** The first word of the command line that asks for it. */
export const ADMIN_TOKEN_COMMAND = "admin-token";
const RENEW = "--renew";

/** What the command needs of the program around it. */
export interface TokenCommandParts {
  sources: SettingsSources;
  defaultData: string;
  log: ProgramLog;
}

/**
 * Runs it. `args`: those after its name, the tracker's own flags among them.
 *
 * @throws {SettingsError} if there is no token to renew.
 */
export function adminTokenCommand(
  args: readonly string[],
  { defaultData, log, sources }: TokenCommandParts,
): void {
  const settings = readSettings(args.filter((arg) => arg !== RENEW), sources);
  if (!args.includes(RENEW)) {
    throw new SettingsError("Cannot show the admin token: only its hash is kept. Make another with --renew");
  }
  if (settings.memory || settings.adminToken !== undefined || settings.adminTokenFile !== undefined) {
    throw new SettingsError(
      "Cannot renew the admin token: it isn't kept. Change it where it is set, or start the tracker again",
    );
  }
  const token = renewToken(settings.data ?? defaultData);
  log.info(`Admin token: ${token}`);
  log.info("It is shown only now. To sign in, open the page with #token=… at the end of its address");
}
