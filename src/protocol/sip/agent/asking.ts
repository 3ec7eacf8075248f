import type { Credentials } from "../digest.ts";
import type { Flow, SipAddress, SipRequest, SipResponse } from "../model.ts";
import { reasonPhrase } from "../status.ts";
import type { FailureReason } from "../transaction/machine.ts";
import { Challenges, isChallenge } from "./challenges.ts";
import type { Context } from "./context.ts";

/** How a request ended. */
export interface Outcome {
  readonly status: number;
  readonly reason: string;
  /** Null: nobody answered. */
  readonly response: SipResponse | null;
  readonly flow: Flow | null;
}

export interface Outgoing {
  readonly request: SipRequest;
  readonly to: SipAddress;
}

const unanswered = (status: number): Outcome => ({
  status,
  reason: reasonPhrase(status),
  response: null,
  flow: null,
});

export const outcomeOf = (response: SipResponse, flow: Flow): Outcome => ({
  status: response.status,
  reason: response.reason,
  response,
  flow,
});

/** RFC 3261 8.1.3.1. */
export const failureOutcome = (reason: FailureReason): Outcome =>
  unanswered(reason === "timeout" ? 408 : 503);

export const canceledOutcome: Outcome = unanswered(487);

/**
 * Sends a request other than INVITE and resolves to its end; never rejects. `next` makes it, once for each challenge it
 * meets, with a CSeq of its own.
 */
export function ask(context: Context, next: () => Outgoing, credentials?: Credentials): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const challenges = new Challenges(credentials, context);
  const send = (): void => {
    const { request, to } = next();
    challenges.answer(request);
    context.transactions.request(request, to, {
      response: (response, flow) => {
        if (response.status < 200) return;
        if (isChallenge(response.status) && challenges.take(response)) send();
        else resolve(outcomeOf(response, flow));
      },
      failed: (reason) => resolve(failureOutcome(reason)),
    });
  };
  send();
  return promise;
}
