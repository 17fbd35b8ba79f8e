// The version of this program, in one place. A test holds it against deno.json.

/** Seedling's version, as semantic versioning writes it. */
export const VERSION = "0.1.0";
