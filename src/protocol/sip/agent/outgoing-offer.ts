import type { Headers } from "../headers.ts";
import type { SipResponse } from "../model.ts";
import type { Outcome } from "./asking.ts";
import type { DialogCore, SentAck } from "./dialog-core.ts";
import { InviteRequest } from "./invite-request.ts";
import type { HeaderPair } from "./model.ts";
import { sdpBody } from "./responses.ts";

export type OfferResult =
  | { readonly kind: "answered"; readonly response: SipResponse }
  | { readonly kind: "refused"; readonly outcome: Outcome };

/** A re-INVITE on its way. */
export interface SentOffer {
  readonly result: Promise<OfferResult>;
  cancel(): void;
}

/** Sends one re-INVITE (RFC 3261 14.1) and acknowledges every 2xx of it. */
export function sendOffer(core: DialogCore, sdp: string, timer: readonly HeaderPair[]): SentOffer {
  const { promise, resolve } = Promise.withResolvers<OfferResult>();
  let ack: SentAck | undefined;
  const headers = (added: Headers): void => {
    core.context.introduce(added, core.peer.protocol);
    for (const [name, value] of timer) added.set(name, value);
  };
  const next = (): ReturnType<DialogCore["next"]> => core.next("INVITE", { headers, body: sdpBody(sdp) });
  const invite: InviteRequest = new InviteRequest(core.context, next, core.credentials, {
    provisional: () => undefined,
    success(response) {
      if (ack) {
        ack.again();
        return;
      }
      core.refresh(response);
      const { request } = invite;
      if (request) ack = core.acknowledge(request);
      resolve({ kind: "answered", response });
    },
    refused: (outcome) => resolve({ kind: "refused", outcome }),
  });
  invite.start();
  return { result: promise, cancel: () => invite.cancel() };
}
