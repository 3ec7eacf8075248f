import { parseAddress } from "../address.ts";
import { sequenceOf } from "../dialog/state.ts";
import { parseReplaces, printReplaces } from "../dialog/replaces.ts";
import type { SipRequest } from "../model.ts";
import { SipParseError } from "../parse-error.ts";
import { reasonPhrase } from "../status.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import { parseUri, printUri } from "../uri.ts";
import { parseContentType, parseValue } from "../values.ts";
import { checkedHeaders } from "./application-headers.ts";
import type { Outcome } from "./asking.ts";
import type { DialogCore } from "./dialog-core.ts";
import type { DialogHandlers, DialogId, IncomingRefer, ReferHandlers } from "./model.ts";
import type { Answer } from "./responses.ts";
import { parseCSeq } from "../sequence.ts";

/** Seconds that a transfer's subscription lasts (RFC 3515 2.4.4). */
const lasts = 60;
/** The application must have answered a REFER by then, milliseconds. */
const patience = 20_000;

/** A REFER of ours, and who is told of it. */
interface Subscription {
  sequence: string;
  readonly handlers: ReferHandlers;
}

const fragment = "message/sipfrag";
const statusLine = /^SIP\/2\.0 ([1-6]\d\d) ?(.*)/u;

/** REFER and NOTIFY within a call, both ways (RFC 3515). */
export class Transfers {
  readonly #core: DialogCore;
  readonly #handler: () => DialogHandlers["refer"] | undefined;
  readonly #subscriptions: Subscription[] = [];
  readonly #pending = new Set<() => void>();
  #received = 0;

  constructor(core: DialogCore, handler: () => DialogHandlers["refer"] | undefined) {
    this.#core = core;
    this.#handler = handler;
  }

  /** Throws a Failure `unsafe-text` or a SipParseError for a `to` that is no URI. */
  async refer(to: string, replaces: DialogId | undefined, handlers: ReferHandlers): Promise<Outcome> {
    const uri = replaces ? withReplaces(to, replaces) : to;
    parseAddress(`<${uri}>`);
    const subscription: Subscription = { sequence: "", handlers };
    this.#subscriptions.push(subscription);
    const { context, state, peer } = this.#core;
    const outcome = await this.#core.ask("REFER", {
      headers: (headers) => {
        subscription.sequence = String(parseCSeq(headers.get("CSeq") ?? "").number);
        context.introduce(headers, peer.protocol);
        headers.set("Refer-To", `<${uri}>`);
        headers.set("Referred-By", `<${parseAddress(state.local).uriText}>`);
      },
    });
    if (outcome.status >= 300) this.#forget(subscription);
    return outcome;
  }

  /** Throws a SipParseError. */
  receiveNotify(transaction: ServerTransaction): void {
    const { request } = transaction;
    const { context } = this.#core;
    const event = parseValue(request.headers.get("Event") ?? "");
    if (event.value.toLowerCase() !== "refer") {
      context.respond(transaction, { status: 489, headers: [["Allow-Events", "refer"]] });
      return;
    }
    const id = event.params.get("id");
    const subscription =
      id === undefined || id === null
        ? this.#subscriptions.at(0)
        : this.#subscriptions.find(({ sequence }) => sequence === id);
    if (!subscription) {
      context.respond(transaction, { status: 481 });
      return;
    }
    context.respond(transaction, { status: 200 });
    const state = parseValue(request.headers.get("Subscription-State") ?? "active").value.toLowerCase();
    const final = state === "terminated";
    if (final) this.#forget(subscription);
    const progress = progressOf(request);
    if (progress)
      context.tell(this.#core.id.callId, "notified", () =>
        subscription.handlers.notified({ ...progress, final }),
      );
  }

  /** Throws a SipParseError. */
  receiveRefer(transaction: ServerTransaction): void {
    const { context, peer } = this.#core;
    const { headers } = transaction.request;
    if (headers.count("Refer-To") !== 1) {
      context.respond(transaction, { status: 400 });
      return;
    }
    const target = targetOf(headers.get("Refer-To") ?? "");
    const handle = this.#handler();
    if (!handle) {
      context.respond(transaction, { status: 603 });
      return;
    }
    let answered = false;
    const answer = (given: Answer): boolean => {
      if (answered) return false;
      answered = true;
      stop();
      this.#pending.delete(shut);
      context.respond(transaction, given);
      return true;
    };
    const shut = (): void => void answer({ status: 487 });
    const stop = context.clock.after(patience, () => void answer({ status: 504 }));
    this.#pending.add(shut);
    const refer: IncomingRefer = {
      ...target,
      headers,
      accept: () =>
        answer({ status: 202, headers: [["Contact", context.contact(peer.protocol)]] })
          ? this.#report(transaction.request)
          : { notify: () => undefined },
      reject: (status, added) => void answer({ status, headers: checkedHeaders(added) }),
    };
    if (!context.tell(this.#core.id.callId, "refer", () => handle(refer))) answer({ status: 500 });
  }

  /** Refuses what the application has not answered. */
  close(): void {
    for (const shut of this.#pending) shut();
    this.#subscriptions.length = 0;
  }

  /** The NOTIFYs of an accepted REFER, one after the other so that none overtakes another. */
  #report(request: SipRequest): { notify(status: number): void } {
    // 2.4.6: the first one's is told without.
    const event = this.#received === 0 ? "refer" : `refer;id=${sequenceOf(request)}`;
    this.#received += 1;
    let last: Promise<unknown> = Promise.resolve();
    let over = false;
    const notify = (status: number): void => {
      if (over) return;
      over = status >= 200;
      const state = over ? "terminated;reason=noresource" : `active;expires=${lasts}`;
      last = last.then(async () => this.#notify(event, state, status));
    };
    notify(100);
    return { notify };
  }

  async #notify(event: string, state: string, status: number): Promise<void> {
    const { context, peer } = this.#core;
    await this.#core.ask("NOTIFY", {
      headers: (headers) => {
        headers.set("Contact", context.contact(peer.protocol));
        headers.set("Event", event);
        headers.set("Subscription-State", state);
      },
      body: { type: `${fragment};version=2.0`, content: `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n` },
    });
  }

  #forget(subscription: Subscription): void {
    const at = this.#subscriptions.indexOf(subscription);
    if (at >= 0) this.#subscriptions.splice(at, 1);
  }
}

function withReplaces(to: string, replaces: DialogId): string {
  const uri = parseUri(to);
  return printUri({ ...uri, headers: [...uri.headers, ["Replaces", printReplaces(replaces)]] });
}

/** Whom a Refer-To names, and which call that one is to replace. Throws a SipParseError. */
function targetOf(text: string): { readonly to: string; readonly replaces: DialogId | null } {
  const { uri, uriText } = parseAddress(text);
  if (typeof uri === "string") return { to: uriText, replaces: null };
  const replaces = uri.headers.find(([name]) => name.toLowerCase() === "replaces")?.[1];
  if (replaces === undefined) return { to: printUri({ ...uri, headers: [] }), replaces: null };
  const { callId, localTag, remoteTag } = parseReplaces(replaces);
  return { to: printUri({ ...uri, headers: [] }), replaces: { callId, localTag, remoteTag } };
}

function progressOf({ headers, body }: SipRequest): { status: number; reason: string } | undefined {
  try {
    if (parseContentType(headers.get("Content-Type") ?? "").type !== fragment) return undefined;
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
  const [, status, reason = ""] = statusLine.exec(Buffer.from(body).toString("utf8")) ?? [];
  return status === undefined ? undefined : { status: Number(status), reason: reason.trim() };
}
