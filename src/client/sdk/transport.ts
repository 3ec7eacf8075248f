import type { Problem } from "../../contract/index.ts";
import { PatchcordError } from "./error.ts";

export interface PatchcordOptions {
  /** Where Patchcord serves, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Bearer token. */
  readonly token: string;
  /** Milliseconds until an answer must be there, besides what `wait` asks for; 30,000 if not given. */
  readonly timeout?: number;
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds added to the time an answer may take. */
  readonly patience?: number;
}

export type Query = NonNullable<RequestOptions["query"]>;

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" &&
  value !== null &&
  "code" in value &&
  typeof value.code === "string" &&
  "detail" in value &&
  typeof value.detail === "string";

function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  // fetch hides the reason (ECONNREFUSED …) in the cause, which may be several tries at once.
  const { cause } = thrown;
  if (cause instanceof AggregateError) return cause.errors.map(wordsOf).join(", ");
  return cause instanceof Error ? cause.message : thrown.message;
}

/** What answered is no HTTP: so Node's fetch (undici) names it; a browser does not tell. */
const isNotHttp = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.cause instanceof Error && thrown.cause.name === "HTTPParserError";

/** HTTP to one Patchcord. */
export class Transport {
  readonly #base: string;
  readonly #token: string;
  readonly #timeout: number;

  constructor({ url, token, timeout = 30_000 }: PatchcordOptions) {
    this.#base = `${url.replace(/\/+$/, "")}/api/v1`;
    this.#token = token;
    this.#timeout = timeout;
  }

  get origin(): string {
    return this.#base.slice(0, -"/api/v1".length);
  }

  urlOf(path: string, query: Query = {}): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) search.set(name, String(value));
    return `${this.#base}${path}${search.size > 0 ? `?${search.toString()}` : ""}`;
  }

  /** Address of a WebSocket, which cannot send a header from a browser: it holds the token. */
  socketUrlOf(path: string, query: Query = {}): string {
    return this.urlOf(path, { ...query, token: this.#token }).replace(/^http/, "ws");
  }

  /** Resolves with the JSON of the answer. @throws PatchcordError, or the signal's reason */
  async request<Answer>(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { query, body, signal, patience = 0 } = options;
    const deadline = AbortSignal.timeout(this.#timeout + patience);
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.urlOf(path, query), {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          accept: "application/json, application/problem+json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: "error",
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      });
      text = await response.text();
    } catch (error) {
      if (signal?.aborted) throw error;
      if (isNotHttp(error)) {
        const detail = `${this.origin} does not speak HTTP: is the address right?`;
        throw new PatchcordError({ code: "not-patchcord", status: 0, detail }, { cause: error });
      }
      throw deadline.aborted
        ? this.#noAnswer("timeout", "did not answer in time", error)
        : this.#noAnswer("unreachable", `cannot be reached (${wordsOf(error)})`, error);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract says what each route answers
    return this.#read(response, text) as Answer;
  }

  #read(response: Response, text: string): unknown {
    let value: unknown;
    try {
      value = text === "" ? undefined : JSON.parse(text);
    } catch (error) {
      throw this.#stranger(response.status, error);
    }
    if (response.ok) return value;
    if (!isProblem(value)) throw this.#stranger(response.status);
    throw new PatchcordError({ ...value, status: response.status });
  }

  #noAnswer(code: string, words: string, cause: unknown): PatchcordError {
    return new PatchcordError({ code, status: 0, detail: `${this.origin} ${words}` }, { cause });
  }

  #stranger(status: number, cause?: unknown): PatchcordError {
    const detail = `${this.origin} answered ${status} with something that Patchcord does not say: is the address right?`;
    return new PatchcordError({ code: "not-patchcord", status, detail }, { cause });
  }
}
