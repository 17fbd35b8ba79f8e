// Which connections are encrypted: the four policies, and what follows from each.

/**
 * - `off`: plaintext only; whoever comes encrypted is refused.
 * - `allowed`: plaintext to those we call, encrypted if they want that; callers come as they like.
 * - `preferred`: encrypted to those we call, plaintext if they can't; callers come as they like.
 * - `required`: RC4 from the first byte to the last, or no connection.
 */
export type Encryption = "off" | "allowed" | "preferred" | "required";

/** How a connection is protected: not at all, its handshake only, or all of it. */
export type Protection = "none" | "handshake" | "rc4";

/** What the handshake can agree on for the bytes that follow it: the bits of `crypto_provide`, `crypto_select`. */
export const CryptoMethod = { plaintext: 1, rc4: 2 } as const;

/** In which order to try those we call, each on a connection of its own. */
export const WAYS_TO_CALL: Record<Encryption, readonly ("plain" | "encrypted")[]> = {
  off: ["plain"],
  allowed: ["plain", "encrypted"],
  preferred: ["encrypted", "plain"],
  required: ["encrypted"],
};

/** The methods to offer, or to accept. */
export function methodsOf(policy: Encryption): number {
  return policy === "required" ? CryptoMethod.rc4 : CryptoMethod.rc4 | CryptoMethod.plaintext;
}

/** Takes one of the `offered` methods, or 0 if none will do. Plaintext costs nothing, so `allowed` likes it better. */
export function chooseMethod(policy: Encryption, offered: number): number {
  const possible = offered & methodsOf(policy);
  const favourite = policy === "allowed" ? CryptoMethod.plaintext : CryptoMethod.rc4;
  return (possible & favourite) !== 0 ? favourite : possible;
}
