// Everything that can be set on the tracker's program, once: flag of the command line, variable of the environment and
// name in the config file are made of the same entry. What a setting does is options.ts's business.

/** One setting. */
export interface Flag {
  /** On the command line; SEEDLING_TRACKER_MIN_PORT in the environment and `minPort` in the file for `min-port`. */
  readonly name: string;
  readonly kind: "number" | "text" | "list" | "switch";
  /** Stands for the value in the help. Switches have none. */
  readonly value?: string;
  readonly help: string;
  /** Of a number. */
  readonly least?: number;
  readonly most?: number;
  /** Of a text: the words that it may be. */
  readonly words?: readonly string[];
  /** Changes while the tracker runs; the others at the next start. */
  readonly isLive?: boolean;
}

/** Every one, in the order of the help. */
export const FLAGS = [
  {
    name: "port",
    kind: "number",
    value: "number",
    help: "TCP and UDP port; 0 takes a free one (default: 6969)",
    least: 0,
    most: 65535,
  },
  {
    name: "host",
    kind: "text",
    value: "address",
    help: "address to listen on (default: all, IPv4 and IPv6)",
  },
  {
    name: "interval",
    kind: "number",
    value: "seconds",
    help: "how often peers shall announce (default: 1800)",
    least: 1,
    most: 86_400,
    isLive: true,
  },
  {
    name: "min-interval",
    kind: "number",
    value: "seconds",
    help: "least time between two announces of a peer",
    least: 0,
    most: 86_400,
    isLive: true,
  },
  {
    name: "torrents",
    kind: "text",
    value: "folder",
    help: ".torrent files to name swarms (default: ./torrents if there)",
  },
  {
    name: "allow-ip-parameter",
    kind: "switch",
    help: "believe everybody's ip=…, not only that of the local network",
    isLive: true,
  },
  {
    name: "full-scrape",
    kind: "switch",
    help: "answer a scrape without an info hash with all swarms",
    isLive: true,
  },
  {
    name: "data",
    kind: "text",
    value: "file",
    help: "what outlives a restart (default: data/tracker.sqlite)",
  },
  { name: "memory", kind: "switch", help: "keep nothing" },
  {
    name: "store",
    kind: "text",
    value: "url",
    help: "share swarms by this Redis: redis://[user:password@]host[:port]",
  },
  {
    name: "admin-token",
    kind: "text",
    value: "token",
    help: "what opens the admin page (default: made at the first start)",
  },
  { name: "admin-token-file", kind: "text", value: "file", help: "the same, read from a file" },
  { name: "admin-public-stats", kind: "switch", help: "the page's overview and plots for everybody" },
  {
    name: "admin-port",
    kind: "number",
    value: "number",
    help: "port of the admin page (default: the tracker's)",
    least: 0,
    most: 65535,
  },
  { name: "admin-host", kind: "text", value: "address", help: "address of the admin page, likewise" },
  { name: "no-admin", kind: "switch", help: "no admin page" },
  { name: "no-udp", kind: "switch", help: "HTTP only" },
  {
    name: "rate-limit",
    kind: "number",
    value: "number",
    help: "requests a second of one address; 0 for any (default: 50)",
    least: 0,
    most: 1_000_000,
    isLive: true,
  },
  {
    name: "min-port",
    kind: "number",
    value: "number",
    help: "the lowest port that a peer may name (default: 1)",
    least: 1,
    most: 65535,
    isLive: true,
  },
  {
    name: "max-peers",
    kind: "number",
    value: "number",
    help: "most peers; beyond, new ones are refused (default: 5000000)",
    least: 1,
    most: 16_000_000,
    isLive: true,
  },
  {
    name: "max-swarms",
    kind: "number",
    value: "number",
    help: "most swarms (default: 2000000)",
    least: 1,
    most: 16_000_000,
    isLive: true,
  },
  {
    name: "max-swarm-peers",
    kind: "number",
    value: "number",
    help: "most peers of a swarm: IPv4, IPv6, browsers each; more aren't kept",
    least: 1,
    most: 16_000_000,
    isLive: true,
  },
  {
    name: "max-web-sockets",
    kind: "number",
    value: "number",
    help: "most connections of peers in browsers (default: 10000)",
    least: 0,
    most: 1_000_000,
    isLive: true,
  },
  {
    name: "trust-proxy",
    kind: "list",
    value: "range",
    help: "proxies whose X-Forwarded-For or Forwarded counts",
    isLive: true,
  },
  {
    name: "proxy-protocol",
    kind: "switch",
    help: "those proxies say for whom they speak by the PROXY protocol",
  },
  {
    name: "request-timeout",
    kind: "number",
    value: "seconds",
    help: "cut off who asks longer (default: 30 with HTTPS or PROXY)",
    least: 1,
    most: 3600,
  },
  { name: "cert", kind: "text", value: "file", help: "serve HTTPS with this certificate chain, PEM" },
  { name: "key", kind: "text", value: "file", help: "its private key, PEM" },
  {
    name: "log",
    kind: "text",
    value: "what",
    help: "changes, or requests: a line for each of these, too",
    words: ["changes", "requests"],
    isLive: true,
  },
  {
    name: "log-format",
    kind: "text",
    value: "format",
    help: "text or json",
    words: ["text", "json"],
  },
] as const satisfies readonly Flag[];

/** The name of a setting in the config file. */
export function settingName(flag: string): string {
  return flag.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The flag of a setting. */
export function flagName(setting: string): string {
  return setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The variable of the environment that means the same as a flag. */
export function variableName(flag: string): string {
  return `SEEDLING_TRACKER_${flag.toUpperCase().replaceAll("-", "_")}`;
}

/** The JSON schema of the config file, for editors. */
export function configSchema(): Record<string, unknown> {
  const properties = Object.fromEntries(FLAGS.map((flag) => [settingName(flag.name), propertySchema(flag)]));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Config file of the Seedling tracker",
    type: "object",
    additionalProperties: false,
    properties: { $schema: { type: "string" }, ...properties },
  };
}

function propertySchema({ help, kind, least, most, words }: Flag): Record<string, unknown> {
  switch (kind) {
    case "number":
      return { description: help, type: "integer", minimum: least, maximum: most };
    case "text":
      return { description: help, type: "string", ...(words !== undefined && { enum: words }) };
    case "list":
      return { description: help, type: "array", items: { type: "string" } };
    case "switch":
      return { description: help, type: "boolean" };
  }
}
