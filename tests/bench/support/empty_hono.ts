// The yardstick of the announces' bench: a Hono app that answers with nothing. Prints nothing; takes its port as argument.

import { Hono } from "hono";

const app = new Hono();
app.get("/announce", (c) => c.body(null));
Deno.serve(
  { hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen() {} },
  (request, info) => app.fetch(request, info),
);
