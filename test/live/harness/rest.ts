export interface Answer<Body = unknown> {
  readonly status: number;
  readonly body: Body;
}

/** Requests to the REST interface with a bearer token. Answers of every status resolve. */
export class Rest {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  async request<Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> {
    const response = await fetch(new URL(path, this.#base), {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    const json = (response.headers.get("content-type") ?? "").includes("json");
    return { status: response.status, body: (json ? JSON.parse(text) : text) as Body };
  }

  async get<Body>(path: string): Promise<Answer<Body>> {
    return this.request<Body>("GET", path);
  }

  async post<Body>(path: string, body: unknown): Promise<Answer<Body>> {
    return this.request<Body>("POST", path, body);
  }

  async patch<Body>(path: string, body: unknown): Promise<Answer<Body>> {
    return this.request<Body>("PATCH", path, body);
  }

  async delete<Body>(path: string): Promise<Answer<Body>> {
    return this.request<Body>("DELETE", path);
  }
}
