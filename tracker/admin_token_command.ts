// `admin-token`: makes another admin token for a tracker, whether it runs or not. A running one takes it within a second;
// who was signed in has to sign in again.

import { renewToken } from "./admin_token.ts";
import type { ProgramLog } from "./program_log.ts";
import { type Settings, SettingsError } from "./settings.ts";

/** What the command needs of the program around it. */
export interface TokenCommandParts {
  /** Those that the tracker runs with. */
  settings: Settings;
  /** Without it nothing is to be made. */
  renew: boolean;
  defaultData: string;
  log: ProgramLog;
}

/**
 * Runs it.
 *
 * @throws {SettingsError} if there is no token to renew, or nobody to show it to.
 */
export function adminTokenCommand({ defaultData, log, renew, settings }: TokenCommandParts): void {
  if (!renew) {
    throw new SettingsError("Cannot show the admin token: only its hash is kept. Make another with --renew");
  }
  if (settings.memory || settings.adminToken !== undefined || settings.adminTokenFile !== undefined) {
    throw new SettingsError(
      "Cannot renew the admin token: it isn't kept. Change it where it is set, or start the tracker again",
    );
  }
  const data = settings.data ?? defaultData;
  if (isMissing(data)) {
    throw new SettingsError(
      `Cannot renew the admin token: no tracker has kept anything in ${data}. ` +
        "Name what it runs with, --data or --config, in the folder that it runs in",
    );
  }
  renewToken(data, (token) => show(`Admin token: ${token}`, log));
  log.info("It is shown only now. To sign in, open the page with #token=… at the end of its address");
}

function show(line: string, log: ProgramLog): void {
  try {
    log.show(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SettingsError(
      `Cannot show another admin token: ${reason}: the former one counts as before`,
      { cause: error },
    );
  }
}

/** What may not be looked at is told of by who writes there. */
function isMissing(path: string): boolean {
  try {
    Deno.statSync(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
