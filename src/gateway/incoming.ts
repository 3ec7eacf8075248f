import { referenceHeader, type Referred } from "../core/calls/index.ts";
import { ending, type CauseName, type Party } from "../core/invitations/index.ts";
import { parseAddress, type Headers, type IncomingInvite } from "../protocol/sip/index.ts";
import { reasonHeaders, refusalStatus } from "./endings.ts";
import type { GatewayParts } from "./parts.ts";
import type { Session } from "./session.ts";
import { SipCaller } from "./sides/sip-caller.ts";
import { WebCallee } from "./sides/web-callee.ts";
import { Tracing } from "./tracing.ts";

/** Names the web user whom the switch calls, beside the reference. */
const numberHeader = "X-Number";
/** Longer numbers and names are cut: they go into frames, logs and lists. */
const longestNumber = 64;
const longestName = 128;

/** Answered so, and logged why. */
interface Refusal {
  readonly status: number;
  /** The cause that the switch is to keep. */
  readonly cause: CauseName;
  readonly reason: string;
}

/** Milliseconds: whoever sends calls from a switch's address would else fill the disk with lines. */
const refusalsToldEvery = 1_000;

type ToWebUser = Extract<Referred, { readonly kind: "to-web-user" }>;

/**
 * The calls of the switch to web users. What comes here is from an address of a configured switch; which web user is
 * meant, and that the switch means it, is proven by the reference alone.
 */
export class IncomingCalls {
  readonly #o: GatewayParts;
  #refusalToldAt = -Infinity;
  /** Refused since then. */
  #untold = 0;

  constructor(parts: GatewayParts) {
    this.#o = parts;
  }

  take(call: IncomingInvite): void {
    const { sessions } = this.#o;
    const { callId } = call;
    if (sessions.closing) {
      const stopping = ending("SYSTEM_SHUTDOWN");
      call.reject(refusalStatus(stopping), reasonHeaders(stopping));
      return;
    }
    const reference = call.request.headers.get(referenceHeader) ?? "";
    const meant = this.#meant(call, reference);
    if ("status" in meant) {
      this.#tellRefusal(callId, meant);
      call.reject(meant.status, reasonHeaders(ending(meant.cause)));
      return;
    }
    this.#open(call, reference, meant);
  }

  #tellRefusal(callId: string, { status, reason }: Refusal): void {
    const { clock, log } = this.#o;
    if (clock.now() - this.#refusalToldAt < refusalsToldEvery) {
      this.#untold += 1;
      return;
    }
    log.warn({ callId, status, reason, untold: this.#untold }, "a call of the switch was refused");
    this.#refusalToldAt = clock.now();
    this.#untold = 0;
  }

  #meant({ request: { headers }, replaces }: IncomingInvite, reference: string): ToWebUser | Refusal {
    // Whom calls of the switch are connected with is for its own dialplan to say.
    if (replaces)
      return { status: 603, cause: "CALL_REJECTED", reason: "it asks to take the place of another call" };
    const referred = this.#o.references.redeem(reference);
    if (!referred)
      return {
        status: 403,
        cause: "CALL_REJECTED",
        reason: "it bears no reference that Patchcord issued, or one that was used",
      };
    if (referred.kind !== "to-web-user")
      return {
        status: 403,
        cause: "CALL_REJECTED",
        reason: "its reference is that of a web user's own call",
      };
    if (numberIn(headers) === referred.user) return referred;
    this.#o.references.retire(reference);
    return {
      status: 404,
      cause: "UNALLOCATED_NUMBER",
      reason: `its ${numberHeader} is not the web user that its reference is for`,
    };
  }

  #open(call: IncomingInvite, reference: string, { user, number }: ToWebUser): void {
    const { sessions, media, webUsers, references, traces, settings, clock, ids, log } = this.#o;
    const from = callerOf(call.request.headers);
    const id = ids.sortable(clock.now());
    const session: Session<SipCaller> = sessions.open({
      id,
      caller: (events) => new SipCaller({ call, media, events }),
      route: () =>
        Promise.resolve(
          (events) =>
            new WebCallee({
              invited: { user, from, number, media: "audio", ringFor: settings.ringSeconds * 1000 },
              webUsers,
              media,
              events,
              noted: {
                invited: (invitation) => tracing.invitedAs(invitation),
                answered: (displayName) => references.answered(reference, displayName),
              },
            }),
        ),
    });
    const start = { reference, invitation: null, user };
    const tracing = new Tracing({ traces, start, web: "callee", session, clock });
    session.watch(tracing);
    session.watch({ released: () => references.retire(reference) });
    log.info({ session: id, callId: call.callId, user, from: from.number }, "the switch calls a web user");
    session.start();
  }
}

/** The user part of `<sip:NUMBER@DOMAIN>`. */
function numberIn(headers: Headers): string | null {
  return addressIn(headers, numberHeader)?.number ?? null;
}

/** Who calls, in the switch's words; the text is a stranger's. */
function callerOf(headers: Headers): Party {
  return addressIn(headers, "From") ?? { number: "", name: "" };
}

function addressIn(headers: Headers, name: string): Party | null {
  const text = headers.get(name);
  if (text === undefined) return null;
  try {
    const { displayName, uri } = parseAddress(text);
    const user = typeof uri === "string" ? "" : (uri.user ?? "");
    return { number: plain(user, longestNumber), name: plain(displayName, longestName) };
  } catch {
    return null;
  }
}

/** Without controls, nor what turns the direction of the text around it; cut between characters. */
const plain = (text: string, longest: number): string =>
  Array.from(text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").trim())
    .slice(0, longest)
    .join("");
