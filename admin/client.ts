// The tracker's JSON API as the page uses it: GET with the answer kept while it does not change, and changes. What goes
// wrong is an ApiError that says which kind of trouble it is.

/** Why there is no answer: nobody there, an HTTP error with the tracker's reason, or an answer that isn't JSON. */
export type Failure =
  | { kind: "unreachable" }
  | { kind: "refused"; status: number; reason: string | null }
  | { kind: "unreadable" };

/** Carries a `Failure`. */
export class ApiError extends Error {
  readonly failure: Failure;

  constructor(message: string, failure: Failure) {
    super(message);
    this.name = "ApiError";
    this.failure = failure;
  }

  /** Whether the tracker wants to know who asks. */
  get isLocked(): boolean {
    return this.#status === 401 || this.#status === 403;
  }

  /** Whether there is no such thing. */
  get isMissing(): boolean {
    return this.#status === 404;
  }

  get #status(): number | undefined {
    return this.failure.kind === "refused" ? this.failure.status : undefined;
  }
}

/** As if the tracker had said that it wants to know who asks. */
export function lockedError(): ApiError {
  return new ApiError("Cannot ask without a session", { kind: "refused", status: 401, reason: null });
}

/** What a change sends. */
export interface Change {
  method: "POST" | "PUT" | "PATCH" | "DELETE";
  /** An object is sent as JSON; a text or bytes as they are. */
  body?: string | Uint8Array<ArrayBuffer> | object;
  /** Nobody waits for the answer any more. */
  signal?: AbortSignal;
}

interface Kept {
  tag: string;
  body: unknown;
}

/** Answers that are kept for a 304: a page asks for two or three at a time. */
const MAX_KEPT = 8;

export class ApiClient {
  readonly #fetch: typeof fetch;
  readonly #kept = new Map<string, Kept>();

  constructor(fetch: typeof globalThis.fetch) {
    this.#fetch = fetch;
  }

  /** The same object again as long as the tracker says that it has not changed. Throws ApiError. */
  async get<Body>(path: string, signal?: AbortSignal): Promise<Body> {
    const kept = this.#kept.get(path);
    const headers: Record<string, string> = { accept: "application/json" };
    if (kept) headers["if-none-match"] = kept.tag;
    const response = await this.#ask(path, { headers, ...(signal && { signal }) });
    if (response.status === 304 && kept) return kept.body as Body;
    const body = await readJson(response);
    const tag = response.headers.get("etag");
    this.#kept.delete(path);
    if (tag !== null) this.#keep(path, { tag, body });
    return body as Body;
  }

  /** Makes a change. Throws ApiError. */
  async send<Body>(path: string, { method, body, signal }: Change): Promise<Body> {
    const isRaw = typeof body === "string" || body instanceof Uint8Array;
    const response = await this.#ask(path, {
      method,
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": isRaw ? rawType(body) : "application/json" }),
      },
      ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    return await readJson(response) as Body;
  }

  /** Forgets what was kept: another reader may see other things. */
  forget(): void {
    this.#kept.clear();
  }

  async #ask(path: string, request: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await this.#fetch(path, request);
    } catch (error) {
      throw new ApiError(`Cannot reach the tracker: ${error}`, { kind: "unreachable" });
    }
    if (response.ok || response.status === 304) return response;
    const reason = await readReason(response);
    throw new ApiError(`Cannot get ${path}: HTTP ${response.status}`, {
      kind: "refused",
      status: response.status,
      reason,
    });
  }

  #keep(path: string, kept: Kept): void {
    this.#kept.set(path, kept);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MAX_KEPT && !oldest.done) this.#kept.delete(oldest.value);
  }
}

function rawType(body: string | Uint8Array): string {
  return typeof body === "string" ? "text/plain; charset=utf-8" : "application/octet-stream";
}

async function readJson(response: Response): Promise<unknown> {
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch (error) {
    // A connection that breaks half-way is an absent tracker; a whole answer that isn't JSON is a wrong one.
    const kind = error instanceof SyntaxError ? "unreadable" : "unreachable";
    throw new ApiError(`Cannot read the answer: ${error}`, { kind });
  }
}

/** The API says what is wrong as {"error":"…"}; a proxy in between says it in HTML, which is of no use here. */
async function readReason(response: Response): Promise<string | null> {
  try {
    const body: unknown = await response.json();
    const error = typeof body === "object" && body !== null && "error" in body ? body.error : null;
    return typeof error === "string" ? error : null;
  } catch {
    return null;
  }
}
