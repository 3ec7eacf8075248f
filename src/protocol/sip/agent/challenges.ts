import { authorize, chooseChallenge, type Challenge, type Credentials } from "../digest.ts";
import type { SipRequest, SipResponse } from "../model.ts";

const attempts = 3;

const asked = {
  401: { by: "WWW-Authenticate", answer: "Authorization" },
  407: { by: "Proxy-Authenticate", answer: "Proxy-Authorization" },
} as const;

export const isChallenge = (status: number): status is 401 | 407 => status === 401 || status === 407;

/** The challenges that one request met on its way (RFC 3261 22.2, 22.3). */
export class Challenges {
  readonly #credentials: Credentials | undefined;
  readonly #tokens: { token(): string };
  readonly #taken = new Map<"Authorization" | "Proxy-Authorization", Challenge>();
  #attempts = 0;

  constructor(credentials: Credentials | undefined, tokens: { token(): string }) {
    this.#credentials = credentials;
    this.#tokens = tokens;
  }

  /** Whether the request is worth sending again: false when the credentials were refused, or there are none. */
  take(response: SipResponse): boolean {
    if (!this.#credentials || !isChallenge(response.status)) return false;
    const { by, answer } = asked[response.status];
    const challenge = chooseChallenge(response.headers.all(by));
    if (!challenge || this.#attempts >= attempts) return false;
    // Asked again, though not for the nonce's age: the password is wrong.
    const before = this.#taken.get(answer);
    if (before?.realm === challenge.realm && !challenge.stale) return false;
    this.#attempts += 1;
    this.#taken.set(answer, challenge);
    return true;
  }

  /** Adds the answers to every challenge so far. */
  answer(request: SipRequest): void {
    if (!this.#credentials) return;
    for (const [name, challenge] of this.#taken) {
      const { method, uri, body } = request;
      const cnonce = this.#tokens.token();
      const given = { challenge, credentials: this.#credentials, method, uri, body, cnonce, nonceCount: 1 };
      request.headers.set(name, authorize(given));
    }
  }
}
