import { Failure } from "../../src/base/index.ts";
import {
  Headers,
  type Dialog,
  type DialogHandlers,
  type HeaderPair,
  type IncomingHandlers,
  type IncomingInvite,
  type InviteOptions,
  type OutgoingHandlers,
  type OutgoingInvite,
  type SipAddress,
} from "../../src/protocol/sip/index.ts";

const address = (port: number): SipAddress => ({ protocol: "UDP", host: "127.0.0.1", port });
const flow = { local: address(5090), remote: address(5060) };

const written = (headers: readonly HeaderPair[] = []): string =>
  headers.map((pair) => pair.join(": ")).join();

/** An answered call; what the peer does the test does. */
export class FakeDialog implements Dialog {
  readonly callId = "a-call-id";
  readonly localTag = "local";
  readonly remoteTag = "remote";
  readonly acknowledged: Promise<string | null>;
  open = true;
  told: Partial<DialogHandlers> = {};
  /** The headers of our BYE; null: none was sent. */
  ended: string | null = null;
  readonly #ack = Promise.withResolvers<string | null>();

  constructor() {
    this.acknowledged = this.#ack.promise;
    this.acknowledged.catch(() => undefined);
  }

  handle(handlers: Partial<DialogHandlers>): void {
    this.told = handlers;
  }

  /** The peer's ACK. */
  ack(sdp: string | null = null): void {
    this.#ack.resolve(sdp);
  }

  /** The peer's BYE. */
  peerEnds(...reasons: string[]): void {
    this.open = false;
    this.#ack.reject(new Failure("not-confirmed", "ended before"));
    this.told.bye?.(Headers.of(reasons.map((reason) => ["Reason", reason] as const)));
  }

  bye(headers?: readonly HeaderPair[]): Promise<void> {
    this.open = false;
    this.ended ??= written(headers);
    return Promise.resolve();
  }

  info(): Promise<number> {
    return Promise.resolve(200);
  }

  reinvite(): Promise<string> {
    return Promise.reject(new Failure("not-confirmed", "the fake peer answers no re-INVITE"));
  }

  refer(): Promise<number> {
    return Promise.resolve(603);
  }
}

/** A call of ours, answered by the test. */
export class FakeOutgoing implements OutgoingInvite {
  readonly callId = "a-call-id";
  readonly options: InviteOptions;
  readonly told: OutgoingHandlers;
  /** The headers of our CANCEL; null: none was sent. */
  canceled: string | null = null;

  constructor(options: InviteOptions, told: OutgoingHandlers) {
    this.options = options;
    this.told = told;
  }

  cancel(headers?: readonly HeaderPair[]): void {
    this.canceled ??= written(headers);
  }

  header(name: string): string | undefined {
    return this.options.headers?.find(([one]) => one === name)?.[1];
  }

  progress(status: number, sdp: string | null = null): void {
    this.told.provisional({ status, reason: "", headers: new Headers(), sdp });
  }

  accept(sdp: string | null): FakeDialog {
    const dialog = new FakeDialog();
    dialog.ack();
    this.told.accepted({ dialog, headers: new Headers(), sdp });
    return dialog;
  }

  reject(status: number, ...reasons: string[]): void {
    const headers = Headers.of(reasons.map((reason) => ["Reason", reason] as const));
    this.told.rejected({ status, reason: "", headers });
  }
}

export class FakeAgent {
  readonly invites: FakeOutgoing[] = [];

  invite(options: InviteOptions, told: OutgoingHandlers): OutgoingInvite {
    const invite = new FakeOutgoing(options, told);
    this.invites.push(invite);
    return invite;
  }

  get last(): FakeOutgoing {
    const last = this.invites.at(-1);
    if (!last) throw new Error("nobody was invited");
    return last;
  }
}

/** A call to us, as the agent gives it. */
export class FakeIncoming implements IncomingInvite {
  readonly request: IncomingInvite["request"];
  readonly flow = flow;
  readonly callId = "a-call-id";
  readonly sdp: string | null;
  readonly replaces: Dialog | null = null;
  told: IncomingHandlers = { canceled: () => undefined };
  /** What we answered, in order: `180`, `200 answer pcmu sendrecv`, `486 Reason: …`. */
  readonly answers: string[] = [];
  readonly dialog = new FakeDialog();

  constructor(headers: readonly HeaderPair[], sdp: string | null) {
    this.request = {
      kind: "request",
      method: "INVITE",
      uri: "sip:1000@127.0.0.1:5090",
      headers: Headers.of(headers),
      body: new Uint8Array(),
    };
    this.sdp = sdp;
  }

  handle(handlers: IncomingHandlers): void {
    this.told = handlers;
  }

  ring({ status = 180, sdp }: { readonly status?: number; readonly sdp?: string } = {}): void {
    this.answers.push(sdp === undefined ? `${status}` : `${status} ${sdp}`);
  }

  accept(sdp: string): Dialog {
    this.answers.push(`200 ${sdp}`);
    return this.dialog;
  }

  reject(status: number, headers?: readonly HeaderPair[]): void {
    this.answers.push([`${status}`, written(headers)].filter((text) => text !== "").join(" "));
  }

  cancel(...reasons: string[]): void {
    this.told.canceled(Headers.of(reasons.map((reason) => ["Reason", reason] as const)));
  }
}
