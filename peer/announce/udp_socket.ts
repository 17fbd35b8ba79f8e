// One UDP socket for all trackers of a family: sends questions, and hands each answer to who asked. An answer counts only
// with the transaction id of a question, from the address that was asked. https://www.bittorrent.org/beps/bep_0015.html

import { TrackerError } from "../../protocol/errors.ts";
import { readUdpHeader } from "../../protocol/udp_tracker.ts";
import type { UdpEndpoint } from "./udp_endpoint.ts";

/** What is used of `Deno.DatagramConn`, so that tests can stand in for it. */
export type DatagramSocket = Pick<Deno.DatagramConn, "send" | "receive" | "close">;

/** Opens a socket on any free port of one family. */
export type OpenSocket = (isIp6: boolean) => DatagramSocket;

/** Longer than any answer: 200 IPv6 peers are 3,620 bytes. */
const RECEIVE_BYTES = 8192;

/** A question that was asked. */
export interface Question {
  endpoint: UdpEndpoint;
  /** `answer` is borrowed. Called for every answer until `forget()`. */
  onAnswer(answer: Uint8Array): void;
  /** Rejects with a TrackerError if there is no way to send it. */
  sent: Promise<void>;
  /** Nobody waits for an answer any more. */
  forget(): void;
}

/** A socket that is there from the first question on. */
export class UdpSocket {
  readonly #isIp6: boolean;
  readonly #open: OpenSocket;
  readonly #questions = new Map<number, Question>();
  #socket: DatagramSocket | undefined;
  #isClosed = false;

  constructor(isIp6: boolean, open: OpenSocket) {
    this.#isIp6 = isIp6;
    this.#open = open;
  }

  /** Sends what `encode` makes of a new transaction id. */
  ask(
    endpoint: UdpEndpoint,
    encode: (transactionId: number) => Uint8Array,
    onAnswer: (answer: Uint8Array) => void,
  ): Question {
    const transactionId = this.#newTransactionId();
    const question: Question = {
      endpoint,
      onAnswer,
      sent: this.#send(encode(transactionId), endpoint),
      forget: () => this.#questions.delete(transactionId),
    };
    this.#questions.set(transactionId, question);
    return question;
  }

  /** Nothing is sent or received any more. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #send(datagram: Uint8Array, { hostname, port }: UdpEndpoint): Promise<void> {
    try {
      await this.#ready().send(datagram, { transport: "udp", hostname, port });
    } catch (error) {
      throw failure(error);
    }
  }

  #ready(): DatagramSocket {
    if (this.#isClosed) throw new TrackerError("Cannot reach the tracker: given up");
    if (this.#socket === undefined) {
      const socket = this.#socket = this.#open(this.#isIp6);
      void this.#receive(socket);
    }
    return this.#socket;
  }

  async #receive(socket: DatagramSocket): Promise<void> {
    const buffer = new Uint8Array(RECEIVE_BYTES);
    try {
      for (;;) {
        const [answer, from] = await socket.receive(buffer);
        this.#hand(answer, from as Deno.NetAddr);
      }
    } catch {
      // Closed, or broken: the next question opens another one.
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      socket.close();
    }
  }

  #hand(answer: Uint8Array, from: Deno.NetAddr): void {
    const header = readUdpHeader(answer);
    const question = header && this.#questions.get(header.transactionId);
    // Anybody can send us datagrams; who guesses the id still isn't the tracker.
    if (question?.endpoint.hostname !== from.hostname || question.endpoint.port !== from.port) return;
    question.onAnswer(answer);
  }

  #newTransactionId(): number {
    const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
    return this.#questions.has(word) ? this.#newTransactionId() : word;
  }
}

/** The platform's sockets. */
export function openSocket(isIp6: boolean): DatagramSocket {
  if (Deno.listenDatagram === undefined) {
    throw new TrackerError("Cannot reach the tracker: UDP needs the flag --unstable-net");
  }
  return Deno.listenDatagram({ transport: "udp", hostname: isIp6 ? "::" : "0.0.0.0", port: 0 });
}

function failure(error: unknown): TrackerError {
  if (error instanceof TrackerError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const words = /unreachable|no route/i.test(text) ? "the network can't be reached" : text;
  return new TrackerError(`Cannot reach the tracker: ${words}`);
}
