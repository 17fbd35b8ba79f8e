// `deno task interop`: our programs against programs that no one here wrote, each transfer compared byte for byte.
//
//   deno task interop                        every row
//   deno task interop --filter aria2         the rows with aria2
//   deno task interop -- --foreign-only      the foreign programs among themselves: are the drivers right?
//
// The rows with Transmission are in transmission.ts, side by side with these: it looks at its peers every ten seconds, so
// that they wait more than they work.
//
// Programs that are missing are named and their rows skipped; with CI=true they fail. All traffic stays on loopback
// or in network namespaces that a row makes for itself.

import { transmission } from "../support/drivers/clients/transmission.ts";
import { registerRows } from "./rows/all.ts";

await registerRows((programs) => !programs.some(({ name }) => name === transmission.name));
