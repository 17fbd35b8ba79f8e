// Root passes by all permissions of files; tests of what permissions do need somebody who doesn't.

/** Put before a command line to run it as somebody for whom permissions hold: root without the right to ignore them. */
export function withoutRights(): string[] {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return [];
  return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
}
