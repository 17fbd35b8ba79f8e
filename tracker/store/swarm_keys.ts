// What keys in a store are called. What stands in braces is a cluster's hash tag: it keeps together what one script needs.

import { SWARM_KEYS } from "./announce_script.ts";
import { REGISTRY_NAMES } from "./registry_scripts.ts";

/** What all keys begin with. The number changes when what lies there does. */
const PREFIX = "seedling:1:";

/** Where what all trackers have in common is. */
export const SECRET_KEY = registryKey("secret");

/** The registry's keys. */
export const REGISTRY_KEYS: readonly string[] = REGISTRY_NAMES.map(registryKey);

/** The keys of the first question. */
export const GREET_KEYS: readonly string[] = [SECRET_KEY, registryKey("timeouts")];

/** A swarm's keys, by its info hash (binary). */
export function swarmKeys(infoHash: string): string[] {
  let hex = "";
  for (let i = 0; i < infoHash.length; i++) hex += HEX[infoHash.charCodeAt(i)];
  return SWARM_KEYS.map((name) => `${PREFIX}{${hex}}:${name}`);
}

function registryKey(name: (typeof REGISTRY_NAMES)[number] | "secret"): string {
  return `${PREFIX}{swarms}:${name}`;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
