// nginx, the web server behind most mirrors, on loopback with a folder of its own for all that it writes.

import { join } from "node:path";
import type { Needed } from "./needed.ts";
import { findOnPath, output } from "./program.ts";
import { freePort } from "../free_port.ts";
import type { Stage } from "./stage.ts";
import { listens } from "./trackers/tracker.ts";

export const nginx: Needed = {
  name: "nginx",
  install: "apt-get install nginx",
  async find() {
    const program = findNginx();
    if (program === undefined) return undefined;
    const command = ["sh", "-c", `${program} -v 2>&1`];
    return (await output({ name: "nginx -v", command, cwd: "." })).match(/nginx\/([\d.]+)/)?.[1] ?? "unknown";
  },
};

/** Debian puts it where only root looks for programs. */
function findNginx(): string | undefined {
  return findOnPath("nginx") ?? findOnPath("nginx", "/usr/sbin");
}

/** A running nginx that serves the files of a folder in several ways. */
export interface Nginx {
  /** As they are; it compresses what a client lets it compress. */
  plain: string;
  /** Each request is sent on to `plain`. */
  redirecting: string;
  /** Without ranges. */
  whole: string;
  /** "GET /album/01.flac 206 bytes=0-65535", a line for each request so far. */
  requests(): Promise<string[]>;
}

/** Starts it for the files in `root`. */
export async function startNginx(stage: Stage, root: string): Promise<Nginx> {
  const port = freePort();
  const folder = await stage.makeFolder("nginx");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) =>
    `${kind}_temp_path ${folder}/${kind};`
  );
  const config = join(folder, "nginx.conf");
  await Deno.writeTextFile(
    config,
    `
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr;
events {}
http {
  ${temporary.join("\n  ")}
  types { application/octet-stream bin; }
  gzip on;
  gzip_types *;
  log_format asked '$request_method $uri $status $http_range';
  access_log ${folder}/access.log asked;
  server {
    listen 127.0.0.1:${port};
    root ${root};
    location /moved/ { rewrite ^/moved(/.*)$ $1 redirect; }
    location /whole/ { alias ${root}/; max_ranges 0; }
  }
}
`,
  );
  const command = [findNginx() ?? "nginx", "-e", "stderr", "-p", folder, "-c", config];
  stage.start({ name: "nginx", command, cwd: folder });
  await listens(port);
  const base = `http://127.0.0.1:${port}/`;
  return {
    plain: base,
    redirecting: `${base}moved/`,
    whole: `${base}whole/`,
    requests: async () => (await Deno.readTextFile(join(folder, "access.log"))).trim().split("\n"),
  };
}
