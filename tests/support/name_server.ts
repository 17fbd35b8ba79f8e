// A name server whose answers are what a test wants: right, late, none. https://www.rfc-editor.org/rfc/rfc1035
// For programs that are started so that they ask it; nobody else does.

/** How a name fares: its IPv4 address, after a while if that is said; or that there is no such name; or no answer at all. */
export type Answer = { ip: string; afterMs?: number } | "unknown" | "silence";

const HEADER_LENGTH = 12;
const TYPE_A = 1;
const NO_SUCH_NAME = 3;
const TTL_SECONDS = 1;

/** Answers on port 53 of this machine's 127.0.0.1. Needs the right to it. */
export class NameServer implements AsyncDisposable {
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 53 });
  readonly #names = new Map<string, Answer>();
  readonly #late = new Set<ReturnType<typeof setTimeout>>();
  readonly #loop: Promise<void>;
  /** Questions so far, by name. */
  readonly asked = new Map<string, number>();

  constructor() {
    this.#loop = this.#answerAll();
  }

  /** From now on it fares like this. A name that was never set is unknown. */
  set(name: string, answer: Answer): void {
    this.#names.set(name, answer);
  }

  async #answerAll(): Promise<void> {
    try {
      for await (const [question, from] of this.#socket) this.#answer(question, from);
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    }
  }

  #answer(question: Uint8Array, from: Deno.Addr): void {
    const { end, name, type } = readQuestion(question);
    this.asked.set(name, (this.asked.get(name) ?? 0) + 1);
    const answer = this.#names.get(name) ?? "unknown";
    if (answer === "silence") return;
    const addresses = answer === "unknown" || type !== TYPE_A ? [] : [answer.ip];
    const reply = writeReply(question.subarray(0, end), addresses, answer === "unknown" ? NO_SUCH_NAME : 0);
    const afterMs = answer === "unknown" ? 0 : answer.afterMs ?? 0;
    const timer = setTimeout(() => {
      this.#late.delete(timer);
      // Who asked may be gone.
      this.#socket.send(reply, from).catch(() => {});
    }, afterMs);
    this.#late.add(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#late) clearTimeout(timer);
    this.#socket.close();
    await this.#loop;
  }
}

/** The first question's name and type, and where it ends. */
function readQuestion(bytes: Uint8Array): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_LENGTH;
  for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
    labels.push(new TextDecoder().decode(bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  const type = new DataView(bytes.buffer, bytes.byteOffset).getUint16(at + 1);
  return { name: labels.join(".").toLowerCase(), type, end: at + 5 };
}

function writeReply(question: Uint8Array, ips: readonly string[], code: number): Uint8Array {
  const records = ips.flatMap((ip) => [
    ...[0xc0, HEADER_LENGTH], // the question's name
    ...[0, TYPE_A, 0, 1],
    ...[0, 0, 0, TTL_SECONDS],
    ...[0, 4, ...ip.split(".").map(Number)],
  ]);
  const reply = new Uint8Array(question.length + records.length);
  reply.set(question);
  reply.set(records, question.length);
  // An answer, by who has the last word on it, with as many records; nothing beside them.
  reply.set([0x84 | ((question[2] ?? 0) & 1), code, 0, 1, 0, ips.length, 0, 0, 0, 0], 2);
  return reply;
}
