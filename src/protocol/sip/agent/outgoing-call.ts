import { parseAddress, printAddress } from "../address.ts";
import { dialogOfResponse } from "../dialog/state.ts";
import { printReplaces } from "../dialog/replaces.ts";
import { Headers } from "../headers.ts";
import type { Flow, SipRequest, SipResponse } from "../model.ts";
import { SipParseError } from "../parse-error.ts";
import { reasonPhrase } from "../status.ts";
import { checkedHeaders } from "./application-headers.ts";
import type { Outcome, Outgoing } from "./asking.ts";
import type { Context, Lasting } from "./context.ts";
import { DialogCore, type SentAck } from "./dialog-core.ts";
import { EarlyDialog } from "./early-dialog.ts";
import { InviteRequest } from "./invite-request.ts";
import type { HeaderPair, InviteOptions, OutgoingHandlers, OutgoingInvite } from "./model.ts";
import { sdpBody, sdpOf, withBody } from "./responses.ts";
import { Session } from "./session.ts";
import { timerOf } from "./session-timer.ts";

const tagOf = (response: SipResponse): string | undefined =>
  parseAddress(response.headers.get("To") ?? "").params.get("tag") ?? undefined;

/** A call that we make: one INVITE, as many early dialogs as there are branches, one session (RFC 3261 13.2). */
export class OutgoingCall implements OutgoingInvite, Lasting {
  readonly callId: string;
  readonly #context: Context;
  readonly #options: InviteOptions;
  readonly #handlers: OutgoingHandlers;
  readonly #from: string;
  readonly #to: string;
  readonly #headers: readonly HeaderPair[];
  readonly #invite: InviteRequest;
  readonly #early = new Map<string, EarlyDialog>();
  /** Of every 2xx, by its To tag. */
  readonly #acks = new Map<string, SentAck>();
  #sequence = 0;
  #over = false;

  /** @throws Failure `invalid-request`, `unsafe-text`; SipParseError */
  constructor(context: Context, options: InviteOptions, handlers: OutgoingHandlers) {
    this.#context = context;
    this.#options = options;
    this.#handlers = handlers;
    this.callId = options.callId ?? context.token();
    const { displayName = "", uri } = options.from;
    const params = new Map([["tag", context.token()]]);
    this.#from = printAddress({ displayName, uri, params });
    this.#to = printAddress({ displayName: "", uri: options.toUri ?? options.target });
    this.#headers = checkedHeaders(options.headers);
    this.#invite = new InviteRequest(context, () => this.#next(), options.credentials, {
      provisional: (response, flow) => this.#guarded(() => this.#provisional(response, flow)),
      success: (response, flow) => this.#guarded(() => this.#success(response, flow)),
      refused: (outcome) => this.#end(outcome),
    });
  }

  start(): void {
    this.#context.begin(this);
    this.#invite.start();
  }

  cancel(headers?: readonly HeaderPair[]): void {
    this.#invite.cancel(checkedHeaders(headers));
  }

  shut(): void {
    this.cancel();
  }

  #next(): Outgoing {
    const { target, to, sdp, replaces } = this.#options;
    this.#sequence += 1;
    const headers = Headers.of([
      ["Max-Forwards", "70"],
      ["From", this.#from],
      ["To", this.#to],
      ["Call-ID", this.callId],
      ["CSeq", `${this.#sequence} INVITE`],
    ]);
    this.#context.introduce(headers, to.protocol);
    if (replaces) headers.set("Replaces", printReplaces(replaces));
    for (const [name, value] of this.#headers) headers.append(name, value);
    const request: SipRequest = {
      kind: "request",
      method: "INVITE",
      uri: target,
      headers,
      body: new Uint8Array(),
    };
    return { request: withBody(request, sdpBody(sdp)), to };
  }

  /** What cannot be read makes no dialog: it is as if it had not come. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#context.log.warn(
        { callId: this.callId, reason: error.reason },
        "a response that makes no dialog",
      );
    }
  }

  #coreOf(response: SipResponse, flow: Flow): DialogCore {
    const { request } = this.#invite;
    if (!request) throw new SipParseError("a response before its request");
    const state = dialogOfResponse(request, response);
    return new DialogCore(this.#context, state, flow.remote, this.#options.credentials);
  }

  #provisional(response: SipResponse, flow: Flow): void {
    if (this.#over) return;
    const tag = tagOf(response);
    if (tag !== undefined) {
      const early = this.#early.get(tag) ?? new EarlyDialog(this.#coreOf(response, flow));
      this.#early.set(tag, early);
      if (!early.take(response)) return;
    }
    const { status, reason, headers } = response;
    const sdp = sdpOf(response);
    this.#context.tell(this.callId, "provisional", () =>
      this.#handlers.provisional({ status, reason, headers, sdp }),
    );
  }

  /** 13.2.2.4. */
  #success(response: SipResponse, flow: Flow): void {
    const tag = tagOf(response) ?? "";
    const ack = this.#acks.get(tag);
    if (ack) {
      ack.again();
      return;
    }
    const early = this.#early.get(tag);
    const confirmed = this.#coreOf(response, flow);
    const core = early?.core ?? confirmed;
    core.confirm(confirmed.state);
    const { request } = this.#invite;
    if (!request) return;
    this.#acks.set(tag, core.acknowledge(request));
    if (this.#over || this.#invite.canceled) {
      // Another branch's, or one that crossed our CANCEL: nobody is there to talk.
      void core.ask("BYE");
      this.#end({ status: 487, reason: reasonPhrase(487), response: null, flow: null });
    } else {
      this.#accept(core, response, early?.answered ?? false);
    }
  }

  #accept(core: DialogCore, response: SipResponse, answered: boolean): void {
    const sdp = sdpOf(response);
    if (sdp === null && !answered) {
      void core.ask("BYE");
      this.#end({ status: 488, reason: reasonPhrase(488), response: null, flow: null });
      return;
    }
    this.#closeEarly();
    const session = new Session({
      core,
      sdp: this.#options.sdp,
      peerAllows: response.headers.all("Allow"),
      agreed: timerOf(response),
    });
    this.#over = true;
    this.#context.end(this);
    const { headers } = response;
    const told = this.#context.tell(this.callId, "accepted", () =>
      this.#handlers.accepted({ dialog: session, headers, sdp }),
    );
    if (!told) void session.bye();
  }

  #end({ status, reason, response }: Outcome): void {
    if (this.#over) return;
    this.#over = true;
    this.#closeEarly();
    this.#context.end(this);
    const headers = response?.headers ?? null;
    this.#context.tell(this.callId, "rejected", () => this.#handlers.rejected({ status, reason, headers }));
  }

  #closeEarly(): void {
    for (const early of this.#early.values()) early.close();
  }
}
