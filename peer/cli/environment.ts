// The environment, as far as this program may see it. Nothing here asks a person for a right.

/** True if the program has the right already. */
export function isGranted(right: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(right).state === "granted";
}

/** A variable that is set, not to nothing, and may be read. */
export function environment(name: string): string | undefined {
  return isGranted({ name: "env", variable: name }) ? Deno.env.get(name) || undefined : undefined;
}
