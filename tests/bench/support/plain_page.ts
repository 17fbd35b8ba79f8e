// The yardstick of the first paint: a page with a word and a line of style, served as the tracker serves its own. Prints
// nothing; takes its port as argument.

import { Hono } from "hono";

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Plain</title><link rel="icon" href="data:,"><style>body { font-family: sans-serif }</style></head>
<body><p>Hello</p></body>
</html>
`;

const app = new Hono();
app.get("/", (c) => c.html(PAGE));
Deno.serve(
  { hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen() {} },
  (request, info) => app.fetch(request, info),
);
