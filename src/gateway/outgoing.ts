import { referenceHeader } from "../core/calls/index.ts";
import {
  ending,
  isCause,
  type CauseName,
  type Exchange,
  type Party,
  type PlacedEvents,
  type PlaceRequest,
  type WebSide,
} from "../core/invitations/index.ts";
import { printUri, type UserAgent } from "../protocol/sip/index.ts";
import type { GatewayParts } from "./parts.ts";
import { Refused, type Session } from "./session.ts";
import type { CalleeEvents, CalleeSide } from "./side.ts";
import { SipCallee } from "./sides/sip-callee.ts";
import { WebCallee } from "./sides/web-callee.ts";
import { WebCaller } from "./sides/web-caller.ts";
import { Tracing } from "./tracing.ts";

/** Where a call of a web user goes. */
export type Destination =
  | { readonly kind: "webUser"; readonly user: string }
  /** `party`: who answers there, as the caller is to see it. */
  | { readonly kind: "switch"; readonly party?: Party }
  /** `cause` is FreeSWITCH's name of it. */
  | { readonly kind: "reject"; readonly cause: string; readonly reason: string };

/** Decides where the number that a web user dials goes. */
export type Route = (caller: Pick<PlaceRequest, "user" | "displayName">, to: string) => Promise<Destination>;

export interface OutgoingOptions extends GatewayParts {
  readonly route: Route;
  /** Null while our user agent is not open. */
  readonly agent: () => Pick<UserAgent, "invite"> | null;
}

const refused = (cause: CauseName, reason: string): Refused =>
  new Refused({ ending: ending(cause), by: "ours" }, reason);

type MakeCallee = (events: CalleeEvents) => CalleeSide;

/** The calls that web users make: to one another by ourselves, to everybody else through the switch. */
export class OutgoingCalls implements Exchange {
  readonly #o: OutgoingOptions;

  constructor(options: OutgoingOptions) {
    this.#o = options;
  }

  place(request: PlaceRequest, told: PlacedEvents): WebSide {
    const { sessions, media } = this.#o;
    const session: Session<WebCaller> = sessions.open({
      id: request.id,
      caller: (events) => new WebCaller({ request, told, media, events }),
      route: () => this.#route(request, session),
    });
    session.start();
    const { caller } = session;
    return {
      end: (by, how) => caller.end(by, how),
      digits: (digits) => caller.keyed(digits),
      candidate: (candidate) => caller.candidate(candidate),
    };
  }

  async #route(request: PlaceRequest, session: Session): Promise<MakeCallee> {
    const { route, sessions, log } = this.#o;
    const { id, user, to } = request;
    if (sessions.closing) throw refused("SYSTEM_SHUTDOWN", "Patchcord stops");
    const destination = await route(request, to);
    if (destination.kind === "webUser") return this.#toWebUser(request, session, destination.user);
    if (destination.kind === "switch") return this.#toSwitch(request, session, destination.party);
    const { cause, reason } = destination;
    log.info({ session: id, user, to, cause, reason }, "a web user's call goes nowhere");
    throw refused(isCause(cause) ? cause : "NORMAL_TEMPORARY_FAILURE", reason);
  }

  /** Under a reference of each side, by which the call is told of as any other. */
  #toWebUser(request: PlaceRequest, session: Session, callee: string): MakeCallee {
    const { references, traces, localCalls, media, webUsers, settings, clock } = this.#o;
    const { id, user, displayName, to } = request;
    const ours = this.#reference(request, session);
    const theirs = references.issue({ kind: "to-web-user", user: callee, uuid: null, number: to });
    // It is in use at once, and by nobody else.
    references.redeem(theirs);
    const start = { reference: theirs, invitation: null, user: callee };
    const tracing = new Tracing({ traces, start, web: "callee", session, clock });
    session.watch(tracing);
    session.watch({ released: () => references.retire(theirs) });
    localCalls.report(session, {
      caller: { user, name: displayName, reference: ours },
      callee: { user: callee, name: "", reference: theirs },
    });
    this.#o.log.info({ session: id, user, to }, "a web user calls a web user");
    return (events) =>
      new WebCallee({
        invited: {
          user: callee,
          from: { number: `0${user}`, name: displayName },
          number: to,
          media: request.media,
          ringFor: settings.ringSeconds * 1000,
          ...(request.content === undefined ? {} : { content: request.content }),
          ...(request.channelId === undefined ? {} : { channelId: request.channelId }),
        },
        webUsers,
        media,
        events,
        noted: {
          invited: (invitation) => tracing.invitedAs(invitation),
          answered: (name) => references.answered(theirs, name),
        },
      });
  }

  #toSwitch(request: PlaceRequest, session: Session, party: Party | undefined): MakeCallee {
    const { agent, media, settings, log } = this.#o;
    const { id, user, displayName, to } = request;
    const { domain, switchSip, proxyAccount, proxySecret, switches } = settings;
    const ours = agent();
    if (switches.length === 0 || ours === null) throw refused("NETWORK_OUT_OF_ORDER", "there is no switch");
    const reference = this.#reference(request, session);
    log.info({ session: id, user, to }, "a web user calls through the switch");
    return (events) =>
      new SipCallee({
        inviting: {
          target: printUri({ scheme: "sip", user: to, host: domain }),
          to: { protocol: "UDP", ...switchSip },
          from: { displayName, uri: printUri({ scheme: "sip", user: `0${user}`, host: domain }) },
          headers: [[referenceHeader, reference]],
          credentials: { username: proxyAccount, password: proxySecret },
        },
        ...(party === undefined ? {} : { party }),
        agent: ours,
        media,
        events,
      });
  }

  /** The caller's, as long as the session is there. */
  #reference({ id, user, displayName }: PlaceRequest, session: Session): string {
    const { references, traces, clock } = this.#o;
    const reference = references.issue({ kind: "from-web-user", user, displayName, invitation: id });
    const start = { reference, invitation: id, user };
    session.watch(new Tracing({ traces, start, web: "caller", session, clock }));
    session.watch({ released: () => references.retire(reference) });
    return reference;
  }
}
