// What is asked of connections, checked: who the proxies are, how long a request may take.

import { quote } from "../protocol/quote.ts";
import { parseSubnet, type Subnet } from "./subnets.ts";

/**
 * The proxies that are named.
 *
 * @throws {RangeError} if one is no address and no range, or none is where the PROXY protocol wants some.
 */
export function proxySubnets(texts: readonly string[], speakProxyProtocol = false): Subnet[] {
  if (speakProxyProtocol && texts.length === 0) {
    throw new RangeError("Cannot use the PROXY protocol: trustProxy must name the proxies");
  }
  return texts.map((text) => {
    const subnet = parseSubnet(text);
    if (subnet !== undefined) return subnet;
    throw new RangeError(`Cannot trust the proxy ${quote(text)}: must be an address or a range of them`);
  });
}

/** Throws RangeError unless it is a number of seconds that a request may take. */
export function checkRequestTimeout(seconds = 1): void {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600) return;
  throw new RangeError(
    `Cannot set requestTimeoutSeconds: must be a whole number from 1 to 3600: got ${seconds}`,
  );
}
