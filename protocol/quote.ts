// Shows text from outside inside a message, so that the message stays one line and harmless.

/** The most chars of a text that a message repeats. */
export const MAX_QUOTED = 60;

/** The text in quotes: escaped, cut if it is long, and without chars that drive a terminal or turn text around. */
export function quote(text: string): string {
  const cut = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  return JSON.stringify(cut).replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, "\ufffd");
}
