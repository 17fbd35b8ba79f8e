import assert from "node:assert/strict";
import { encodeUdpConnect, VERSION } from "../../protocol/mod.ts";
import { FLAGS } from "../../tracker/flags.ts";
import { freePort } from "../support/free_port.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";
import { SECOND_CERT, SECOND_KEY, TEST_CA, TEST_CERT, TEST_KEY } from "../support/test_cert.ts";

const MAIN = new URL("../../tracker/main.ts", import.meta.url).pathname;

/** The tracker as its users start it: a process of its own, with its own permissions and nothing else. */
class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #complained: Promise<void>;
  #output = "";
  #errors = "";
  #wake: (() => void) | undefined;

  constructor(args: string[], env: Record<string, string> = {}, flags: string[] = []) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "--no-prompt",
        "-P=tracker",
        ...flags,
        MAIN,
        ...(args.includes("--data") ? [] : ["--memory"]),
        ...args,
      ],
      cwd: new URL("../..", import.meta.url).pathname,
      env,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#complained = this.#readErrors();
  }

  async #readErrors(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#errors += text;
      this.#wake?.();
    }
  }

  /** Waits until it has complained like this; fails if it ends before. */
  async complaint(like: RegExp): Promise<void> {
    const ended = this.#complained.then(() => {
      if (!like.test(this.#errors)) throw new Error(`It never complained like ${like}: ${this.#errors}`);
    });
    while (!like.test(this.#errors)) {
      await Promise.race([ended, new Promise<void>((resolve) => this.#wake = resolve)]);
    }
  }

  /** What it has printed when so many lines are there, or when it has ended. */
  async lines(n: number): Promise<string[]> {
    while (this.#output.split("\n").length <= n) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      this.#output += value;
    }
    return this.#output.split("\n").slice(0, -1);
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async end(): Promise<{ code: number; signal: Deno.Signal | null; output: string; errors: string }> {
    await this.lines(Infinity);
    const { code, signal } = await this.#child.status;
    await this.#complained;
    return { code, signal, output: this.#output, errors: this.#errors };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.end();
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `tracker --port N says where it is, serves, and ends with 0 on ${signal}`,
    // Windows can't send signals to another process: kill() ends it the hard way.
    ignore: Deno.build.os === "windows",
    async fn() {
      const port = freePort();
      await using program = new Program(["--port", String(port)]);
      const [first, second = ""] = await program.lines(2);
      assert.equal(first, `[TRACKER] Using fixed port ${port}`);
      const [, link, token] = /^\[TRACKER\] Admin page: (\S+)#token=([\w-]{32})$/.exec(second) ?? [];
      assert.equal(link, `http://localhost:${port}/`);
      const headers = { authorization: `Bearer ${token}` };
      const lists = await fetch(`http://127.0.0.1:${port}/api/lists`, { headers });
      assert.equal(lists.status, 200);
      await lists.body?.cancel();
      const answer = await fetch(`http://127.0.0.1:${port}/announce`);
      assert.equal(await answer.text(), "d14:failure reason17:Missing info_hashe");
      program.kill(signal);
      const { code, errors } = await program.end();
      assert.deepEqual({ code, errors }, { code: 0, errors: "" });
    },
  });
}

Deno.test("tracker names a port in use and a way out, and ends with 4", async () => {
  using taken = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  const { port } = taken.addr;
  await using program = new Program(["--port", String(port)]);
  const { code, errors, output } = await program.end();
  assert.equal(code, 4);
  assert.equal(output, "");
  assert.equal(
    errors,
    `[TRACKER] Cannot listen on port ${port}: it is in use. Is a tracker running already? Stop it, or choose another with --port\n`,
  );
});

Deno.test("tracker --host listens there and nowhere else", async () => {
  await using program = new Program(["--port", "0", "--host", "127.0.0.1", "--interval", "7"]);
  const [first = "", second = ""] = await program.lines(2);
  const port = /^\[TRACKER\] Using free port (\d+)$/.exec(first)?.[1];
  assert.ok(second.startsWith(`[TRACKER] Admin page: http://127.0.0.1:${port}/#token=`), second);
  const query = `info_hash=${"a".repeat(20)}&peer_id=${"b".repeat(20)}&port=1`;
  const answer = await fetch(`http://127.0.0.1:${port}/announce?${query}`);
  assert.match(await answer.text(), /8:intervali7e/);
});

for (
  const { args, code, output, errors } of [
    { args: ["--version"], code: 0, output: new RegExp(`^${VERSION}\n$`), errors: /^$/ },
    {
      args: ["--help"],
      code: 0,
      output: /^Usage:\n {2}tracker \[flags\]\n[^]*--port[^]*--torrents/,
      errors: /^$/,
    },
    {
      args: ["--port", "x"],
      code: 2,
      output: /^$/,
      errors: /--port must be a whole number from 0 to 65535: got "x" /,
    },
    { args: ["--port", "65536"], code: 2, output: /^$/, errors: /--port [^\n]+: got "65536"/ },
    { args: ["--port"], code: 2, output: /^$/, errors: /--port must have a value/ },
    { args: ["--bogus"], code: 2, output: /^$/, errors: /there is no --bogus/ },
    { args: ["extra"], code: 2, output: /^$/, errors: /flags only: got "extra"/ },
    { args: ["--interval", "0"], code: 2, output: /^$/, errors: /--interval [^\n]+: got "0"/ },
    { args: ["--interval", "5", "--min-interval", "6"], code: 2, output: /^$/, errors: /must not be above/ },
    {
      args: ["--host", "192.0.2.1", "--port", "0"],
      code: 4,
      output: /^$/,
      errors: /Cannot listen on port 0 of 192\.0\.2\.1/,
    },
  ]
) {
  Deno.test(`tracker ${args.join(" ")} ends with ${code}, in a line at most`, async () => {
    await using program = new Program(args);
    const end = await program.end();
    assert.equal(end.code, code, end.errors);
    assert.match(end.output, output);
    assert.match(end.errors, errors);
    assert.ok(end.errors.split("\n").length <= 2, end.errors);
    if (end.errors !== "") assert.match(end.errors, /^\[TRACKER\] Cannot /);
  });
}

Deno.test("tracker --torrents with a folder that it may not read names the flag to add", async () => {
  await using dir = await makeTempDir();
  await using program = new Program(["--port", "0", "--torrents", dir.path]);
  const { code, errors } = await program.end();
  assert.equal(code, 2);
  assert.equal(
    errors,
    `[TRACKER] Cannot read the folder of torrents ${dir.path}: permission is missing. Add --allow-read=admin/dist,${dir.path} after -P=tracker\n`,
  );
});

Deno.test("tracker --host with an address that it may not listen on names the flag to add", async () => {
  const args = ["--host", "tracker.example", "--port", "0"];
  await using program = new Program(args, {}, ["--deny-net=tracker.example"]);
  const { code, errors } = await program.end();
  assert.equal(code, 2);
  assert.match(errors, /permission is missing\. Add --allow-net=tracker\.example after -P=tracker\n$/);
});

Deno.test("tracker names a UDP port in use and a way out, which --no-udp is", async () => {
  const port = freePort(); // over TCP, too
  const taken = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
  try {
    const args = ["--host", "127.0.0.1", "--port", String(port)];
    await using program = new Program(args);
    const { code, errors } = await program.end();
    assert.equal(code, 4);
    assert.equal(
      errors,
      `[TRACKER] Cannot listen on UDP port ${port}: it is in use. Is a tracker running already? Stop it, or choose another with --port, or none with --no-udp\n`,
    );
    await using other = new Program([...args, "--no-udp"]);
    assert.equal((await other.lines(1))[0], `[TRACKER] Using fixed port ${port}`);
  } finally {
    taken.close();
  }
});

Deno.test("tracker --help has every flag, what stands for its value, and its default, in 100 columns", async () => {
  await using program = new Program(["--help"]);
  const { output } = await program.end();
  const lines = output.split("\n");
  for (const { name, help, ...flag } of FLAGS) {
    const value = "value" in flag ? ` <${flag.value}>` : "";
    const begin = `     --${name}${value}${flag.kind === "list" ? "..." : ""}  `;
    assert.ok(lines.some((line) => line.startsWith(begin) && line.endsWith(`  ${help}`)), begin);
  }
  assert.deepEqual(lines.filter((line) => line.length > 100), []);
});

Deno.test("tracker admin-token --help tells of the command, and no more flags than it heeds", async () => {
  await using program = new Program(["admin-token", "--help", "--data", "x"]);
  const { code, output } = await program.end();
  assert.equal(code, 0);
  assert.match(output, /^Usage:\n {2}tracker admin-token --renew \[flags\]\n/);
  const flags = output.match(/(?<=^ {5})--[a-z-]+/gm);
  assert.deepEqual(flags, ["--renew", "--config", "--data"]);
});

Deno.test("tracker needs no environment, whatever is in it", async () => {
  await using program = new Program(["--help"], { NO_COLOR: "1", FORCE_COLOR: "1", CLICOLOR_FORCE: "1" });
  const { code, errors, output } = await program.end();
  assert.deepEqual([code, errors], [0, ""]);
  assert.match(output, /^Usage:\n {2}tracker/);
});

/** What a Program started with these may reach besides. */
async function configured(dir: TempDir, config: Record<string, unknown>): Promise<string> {
  const path = dir.join("tracker.json");
  await Deno.writeTextFile(path, JSON.stringify(config));
  return path;
}

async function intervalOf(port: number): Promise<number> {
  const query = `info_hash=${"a".repeat(20)}&peer_id=${"b".repeat(20)}&port=1`;
  const text = await (await fetch(`http://127.0.0.1:${port}/announce?${query}`)).text();
  return Number(/8:intervali(\d+)e/.exec(text)?.[1]);
}

Deno.test({
  name: "tracker --config takes its settings from a file, and again on SIGHUP, unless they can't be used",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    const config = { host: "127.0.0.1", port: 0, interval: 77, logFormat: "json" };
    const path = await configured(dir, config);
    await using program = new Program(["--config", path], {}, [`--allow-read=admin/dist,${dir.path}`]);
    const messages = async (n: number) =>
      (await program.lines(n)).map((line) => {
        const { level, message, time } = JSON.parse(line);
        assert.ok(Date.parse(time) > 0);
        return `${level}: ${message}`;
      });
    const port = Number(/^info: Using free port (\d+)$/.exec((await messages(2))[0] ?? "")?.[1]);
    assert.equal(await intervalOf(port), 77);

    await configured(dir, { ...config, interval: 88 });
    program.kill("SIGHUP");
    assert.equal((await messages(3))[2], "info: Settings read again");
    assert.equal(await intervalOf(port), 88);

    await configured(dir, { ...config, interval: "soon" });
    program.kill("SIGHUP");
    await program.complaint(/interval: must be a whole number/);
    assert.equal(await intervalOf(port), 88);

    // What isn't there any more is as it is by default; what can't change is named.
    await configured(dir, { host: "127.0.0.2", port: 0, logFormat: "json" });
    program.kill("SIGHUP");
    assert.equal((await messages(4))[3], "info: Settings read again");
    await program.complaint(/Cannot change --host while the tracker runs: it counts from the next start/);
    assert.equal(await intervalOf(port), 1800);
    program.kill("SIGTERM");
    assert.equal((await program.end()).code, 0);
  },
});

Deno.test({
  name: "tracker --config and the like are not read on and on where they have no end",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (
      const [args, cannot] of [
        [["--config", "/dev/zero"], "Cannot use the config file /dev/zero"],
        [["--admin-token-file", "/dev/zero"], "Cannot read the admin token from /dev/zero"],
        [["--cert", "/dev/zero", "--key", "/dev/zero"], "Cannot serve HTTPS"],
      ] as const
    ) {
      await using program = new Program(["--port", "0", ...args], {}, ["--allow-read"]);
      const { code, errors } = await program.end();
      assert.equal(errors, `[TRACKER] ${cannot}: it is too long: must be no more than 1048576 bytes\n`);
      assert.equal(code, 2);
    }
  },
});

/** A tracker whose config file is a pipe, made for it. */
async function readingFrom(pipe: string, folder: string): Promise<Program> {
  assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
  return new Program(["--config", pipe], {}, [`--allow-read=admin/dist,${folder}`]);
}

Deno.test({
  name: "tracker --config with a pipe is not held up by SIGHUP: nobody writes there any more",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    const pipe = dir.join("pipe");
    await using program = await readingFrom(pipe, dir.path);
    await Deno.writeTextFile(pipe, '{ "host": "127.0.0.1", "port": 0, "interval": 77 }');
    const port = Number(/(\d+)$/.exec((await program.lines(2))[0] ?? "")?.[1]);
    program.kill("SIGHUP");
    await program.complaint(/pipe is no file that can be read again\. The settings stay as they were\n/);
    assert.equal(await intervalOf(port), 77);
    program.kill("SIGTERM");
    assert.equal((await program.end()).code, 0);
  },
});

Deno.test({
  name: "tracker --config with a pipe that nobody writes to is ended by Ctrl-C",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    const pipe = dir.join("pipe");
    await using program = await readingFrom(pipe, dir.path);
    using _writer = await Deno.open(pipe, { write: true }); // as soon as it reads
    program.kill("SIGINT");
    assert.equal((await program.end()).signal, "SIGINT");
  },
});

Deno.test("tracker --config takes a change of the file by itself", async () => {
  await using dir = await makeTempDir();
  const path = await configured(dir, { host: "127.0.0.1", port: 0, interval: 77 });
  await using program = new Program(["--config", path], {}, [`--allow-read=admin/dist,${dir.path}`]);
  const port = Number(/(\d+)$/.exec((await program.lines(2))[0] ?? "")?.[1]);
  await configured(dir, { host: "127.0.0.1", port: 0, interval: 88 });
  assert.equal((await program.lines(3))[2], "[TRACKER] Settings read again");
  assert.equal(await intervalOf(port), 88);
});

Deno.test("tracker --cert --key serves HTTPS, and takes another certificate when the files change", async () => {
  await using dir = await makeTempDir();
  await Deno.writeTextFile(dir.join("cert.pem"), TEST_CERT);
  await Deno.writeTextFile(dir.join("key.pem"), TEST_KEY);
  const args = [
    "--port",
    "0",
    "--host",
    "127.0.0.1",
    "--cert",
    dir.join("cert.pem"),
    "--key",
    dir.join("key.pem"),
  ];
  await using program = new Program(args, {}, [`--allow-read=admin/dist,${dir.path}`]);
  const [, page = ""] = await program.lines(2);
  const url = /(https:\/\/127\.0\.0\.1:\d+\/)#token=/.exec(page)?.[1] ?? "";
  using client = Deno.createHttpClient({ caCerts: [TEST_CA] });
  const response = await fetch(`${url}health`, { client });
  assert.equal((await response.json()).status, "ok");

  // A renewed pair is taken by itself: this one nobody whom we know has signed.
  await Deno.writeTextFile(dir.join("cert.pem"), SECOND_CERT);
  await Deno.writeTextFile(dir.join("key.pem"), SECOND_KEY);
  await program.complaint(/Certificate read again/);
  using other = Deno.createHttpClient({ caCerts: [TEST_CA], poolMaxIdlePerHost: 0 });
  await assert.rejects(
    fetch(`${url}health`, { client: other }),
    ({ cause }: Error) => /certificate/.test(String(cause)),
  );
});

Deno.test("tracker --log requests says what was asked, from where, and how it was answered", async () => {
  await using program = new Program(["--port", "0", "--host", "127.0.0.1", "--log", "requests"]);
  const port = Number(/(\d+)$/.exec((await program.lines(2))[0] ?? "")?.[1]);
  await (await fetch(`http://127.0.0.1:${port}/scrape?info_hash=%1b%5b31m`)).bytes();
  await program.complaint(/^\[TRACKER\] 127\.0\.0\.1 GET \/scrape\?info_hash=%1b%5b31m 200 [\d.]+ ms$/m);
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await udp.send(encodeUdpConnect(1), { transport: "udp", hostname: "127.0.0.1", port });
  udp.close();
  await program.complaint(/^\[TRACKER\] 127\.0\.0\.1 UDP connect answered$/m);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await new Promise((resolve) => socket.onopen = resolve);
  socket.send('{"action":"scrape","info_hash":"aaaaaaaaaaaaaaaaaaaa"}');
  await program.complaint(/^\[TRACKER\] 127\.0\.0\.1 WebSocket scrape [\d.]+ ms$/m);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
});

for (
  const { args, env, errors } of [
    { args: [], env: { SEEDLING_TRACKER_MIN_PORT: "0" }, errors: /Cannot use SEEDLING_TRACKER_MIN_PORT/ },
    {
      args: ["--config", "data/none.json"],
      env: {},
      errors: /Cannot use the config file data\/none\.json: No such file/,
    },
    ...["--config", "--admin-token-file"].map((flag) => ({
      args: [flag, "/etc/tracker.json"],
      env: {},
      errors:
        /tracker\.json: permission is missing\. Add --allow-read=\/etc\/tracker\.json after -P=tracker\n/,
    })),
    { args: ["--cert", "x.pem"], env: {}, errors: /--cert and --key go together/ },
    { args: ["--trust-proxy", "everybody"], env: {}, errors: /Cannot trust the proxy "everybody"/ },
    {
      args: ["--cert", "data/x.pem", "--key", "data/y.pem"],
      env: {},
      errors: /Cannot serve HTTPS: No such file/,
    },
  ]
) {
  Deno.test(`tracker ${args.join(" ")} with ${JSON.stringify(env)} ends with 2, in a line`, async () => {
    await using program = new Program(["--port", "0", ...args], env);
    const end = await program.end();
    assert.equal(end.code, 2, end.errors);
    assert.match(end.errors, errors);
    assert.equal(end.errors.split("\n").length, 2, end.errors);
  });
}

/** The admin page's address that a tracker says. */
async function pageOf(program: Program): Promise<URL> {
  const [, line = ""] = await program.lines(2);
  return new URL(/Admin page: (\S+)/.exec(line)?.[1] ?? "");
}

async function listsStatus(origin: string, token: string): Promise<number> {
  const response = await fetch(`${origin}/api/lists`, { headers: { authorization: `Bearer ${token}` } });
  await response.body?.cancel();
  return response.status;
}

Deno.test("tracker admin-token --renew makes another while the tracker runs, which is told once", async () => {
  await using dir = await makeTempDir();
  const args = ["--data", dir.join("t.sqlite")];
  const flags = [`--allow-read=admin/dist,torrents,${dir.path}`, `--allow-write=${dir.path}`];
  await using program = new Program(["--port", "0", "--host", "127.0.0.1", ...args], {}, flags);
  const { hash, origin } = await pageOf(program);
  const first = hash.replace("#token=", "");
  assert.equal(await listsStatus(origin, first), 200);

  await using renewing = new Program(["admin-token", "--renew", ...args], {}, flags);
  const { code, output } = await renewing.end();
  assert.equal(code, 0);
  const [, second = ""] = /^\[TRACKER\] Admin token: ([\w-]{32})$/m.exec(output) ?? [];
  // The tracker looks once a second; the former token counts until then.
  while (await listsStatus(origin, first) === 200) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await listsStatus(origin, second), 200);

  program.kill("SIGTERM");
  await program.end();
  await using again = new Program(["--port", "0", "--host", "127.0.0.1", ...args], {}, flags);
  assert.equal((await pageOf(again)).hash, "");
});

Deno.test("tracker admin-token without --renew, or where no token is kept, says what to do", async () => {
  for (
    const args of [
      ["admin-token", "--data", "x"],
      ["admin-token", "--renew", "--admin-token", "t", "--data", "x"],
    ]
  ) {
    await using program = new Program(args);
    const { code, errors } = await program.end();
    assert.equal(code, 2);
    assert.match(errors, /^\[TRACKER\] Cannot (show|renew) the admin token: [^\n]+\n$/);
  }
});

Deno.test("tracker --admin-port has the page there and nowhere else; --no-admin nowhere", async () => {
  await using apart = new Program(["--port", "0", "--host", "127.0.0.1", "--admin-port", "0"]);
  const { origin } = await pageOf(apart);
  const [first = ""] = await apart.lines(1);
  const tracker = `http://127.0.0.1:${/(\d+)$/.exec(first)?.[1]}`;
  assert.notEqual(origin, tracker);
  const status = async (url: string) => {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await status(`${origin}/api/session`), 200);
  assert.equal(await status(`${tracker}/api/session`), 404);
  assert.equal(await status(`${tracker}/`), 404);
  assert.equal(await status(`${tracker}/announce`), 200);
  assert.equal(await status(`${origin}/announce`), 404);

  await using without = new Program(["--port", "0", "--host", "127.0.0.1", "--no-admin"]);
  const [line = ""] = await without.lines(1);
  const bare = `http://127.0.0.1:${/(\d+)$/.exec(line)?.[1]}`;
  assert.equal(await status(`${bare}/api/session`), 404);
  assert.equal(await status(`${bare}/announce`), 200);
});

Deno.test("tracker --admin-port with a certificate serves HTTPS on both ports, and nothing in the clear", async () => {
  await using dir = await makeTempDir();
  await Deno.writeTextFile(dir.join("cert.pem"), TEST_CERT);
  await Deno.writeTextFile(dir.join("key.pem"), TEST_KEY);
  const args = ["--port", "0", "--host", "127.0.0.1", "--admin-port", "0"];
  const tls = ["--cert", dir.join("cert.pem"), "--key", dir.join("key.pem")];
  const flags = [`--allow-read=admin/dist,${dir.path}`];
  await using program = new Program([...args, ...tls], {}, flags);
  const { origin } = await pageOf(program);
  const [first = ""] = await program.lines(1);
  const tracker = `https://127.0.0.1:${/(\d+)$/.exec(first)?.[1]}`;
  assert.match(origin, /^https:/);
  assert.notEqual(origin, tracker);
  using client = Deno.createHttpClient({ caCerts: [TEST_CA] });
  for (const [url, status] of [[`${origin}/api/session`, 200], [`${tracker}/api/session`, 404]] as const) {
    const response = await fetch(url, { client });
    await response.body?.cancel();
    assert.equal(response.status, status, url);
    await assert.rejects(fetch(url.replace("https:", "http:")), TypeError, url);
  }
});

Deno.test("tracker --admin-token-file takes the token from there, and says nothing of it", async () => {
  await using dir = await makeTempDir();
  await Deno.writeTextFile(dir.join("token"), "a-token-from-a-file\n");
  const args = [
    "--port",
    "0",
    "--host",
    "127.0.0.1",
    "--admin-token-file",
    dir.join("token"),
    "--log",
    "requests",
  ];
  await using program = new Program(args, {}, [`--allow-read=admin/dist,${dir.path}`]);
  const { hash, origin } = await pageOf(program);
  assert.equal(hash, "");
  assert.equal(await listsStatus(origin, "a-token-from-a-file"), 200);
  program.kill("SIGTERM");
  const { errors, output } = await program.end();
  assert.ok(!`${errors}${output}`.includes("a-token-from-a-file"));

  await using missing = new Program(["--port", "0", "--admin-token-file", dir.join("none")], {}, [
    `--allow-read=admin/dist,${dir.path}`,
  ]);
  assert.match((await missing.end()).errors, /^\[TRACKER\] Cannot read the admin token from /);
});

Deno.test({
  name: "an answer that can't be written is said so in one line",
  ignore: Deno.build.os !== "linux", // others have no /dev/full
  async fn() {
    const run = [Deno.execPath(), "run", "-q", "--no-prompt", "-P=tracker", MAIN, "--help"];
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", '"$@" > /dev/full', "sh", ...run],
      cwd: new URL("../..", import.meta.url).pathname,
    }).output();
    assert.match(new TextDecoder().decode(stderr), /^\[TRACKER\] Cannot write to standard output: .*\n$/);
    assert.equal(code, 2);
  },
});
