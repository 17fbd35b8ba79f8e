// Foreign programs that a test or a bench wants beside ours: some machines have them, some have not.

/** Something that has to be installed. */
export interface Needed {
  readonly name: string;
  /** What to do when it is missing. */
  readonly install: string;
  /** Part of this project: always there, and no news in the table. */
  readonly isOurs?: boolean;
  /** The version that is installed, or undefined when there is none. */
  find(): Promise<string | undefined>;
}

const versions = new Map<string, Promise<string | undefined>>();

/** The version of an installed program, looked for once. */
export function version(needed: Needed): Promise<string | undefined> {
  let found = versions.get(needed.name);
  if (found === undefined) {
    found = needed.find();
    versions.set(needed.name, found);
  }
  return found;
}
