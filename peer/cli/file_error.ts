// What the system says of a file that can't be read or written, as a person would say it.

/** The usual reasons, in words. */
export function describeFileError(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof Deno.errors.PermissionDenied) return "the system does not allow it";
  if (error instanceof Deno.errors.NotCapable) {
    return "this program was not given the right to: see README, Permissions";
  }
  return error instanceof Error ? error.message : String(error);
}
