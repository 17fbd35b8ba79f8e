// The rows with Transmission; interop.ts has the others and says how to run them.

import { transmission } from "../support/drivers/clients/transmission.ts";
import { registerRows } from "./rows/all.ts";

await registerRows((programs) => programs.some(({ name }) => name === transmission.name));
