// What the page tells the reader about a change that was made, with a way back where there is one.

import { type ReadonlySignal, signal } from "@preact/signals";

/** Milliseconds that a notice stays; one that can be undone stays longer, and a failure until it is put away. */
const STAY_MS = 4000;
const UNDO_MS = 12_000;
/** More only where what was just done stands beside so many failures: nobody reads more. */
const MAX_NOTICES = 3;

export interface Notice {
  id: number;
  text: string;
  isFailure: boolean;
  /** Takes the change back. */
  undo: (() => Promise<void>) | null;
}

export class Notices {
  readonly shown: ReadonlySignal<readonly Notice[]>;

  readonly #shown = signal<readonly Notice[]>([]);
  readonly #startTimer: (callback: () => void, ms: number) => void;
  #next = 0;

  constructor(startTimer: (callback: () => void, ms: number) => void) {
    this.shown = this.#shown;
    this.#startTimer = startTimer;
  }

  done(text: string, undo: (() => Promise<void>) | null = null): void {
    this.#add({ text, isFailure: false, undo }, undo === null ? STAY_MS : UNDO_MS);
  }

  /** `undo`: what failed, if it was taking something back and can be tried again. */
  failed(text: string, undo: (() => Promise<void>) | null = null): void {
    this.#add({ text, isFailure: true, undo }, undefined);
  }

  /** Takes back what was changed last, of what is still shown; or what the notice is of. */
  async takeBack(notice: Notice | undefined = this.last): Promise<void> {
    if (notice === undefined) return;
    this.putAway(notice.id);
    await notice.undo?.();
  }

  /** That of the latest change that can be taken back. */
  get last(): Notice | undefined {
    return this.#shown.value.findLast(({ undo }) => undo !== null);
  }

  putAway(id: number): void {
    this.#shown.value = this.#shown.peek().filter((notice) => notice.id !== id);
  }

  #add(notice: Omit<Notice, "id">, ms: number | undefined): void {
    const id = this.#next++;
    this.#shown.value = makeRoom([...this.#shown.peek(), { ...notice, id }]);
    if (ms !== undefined) this.#startTimer(() => this.putAway(id), ms);
  }
}

/** Older notices give way to the last one, those of failures only to a failure, and after all others. */
function makeRoom(notices: readonly Notice[]): readonly Notice[] {
  if (notices.length <= MAX_NOTICES) return notices;
  const last = notices.at(-1);
  const done = notices.find((notice) => !notice.isFailure && notice !== last);
  const leaving = done ?? (last?.isFailure ? notices[0] : undefined);
  return leaving === undefined ? notices : makeRoom(notices.filter((notice) => notice !== leaving));
}
