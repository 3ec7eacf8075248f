import { printAddress } from "../address.ts";
import { Headers } from "../headers.ts";
import type { Flow, SipRequest } from "../model.ts";
import { Timers } from "../transaction/timers.ts";
import { ask, type Outcome } from "./asking.ts";
import type { Context, Lasting } from "./context.ts";
import type { RegisterOptions, Registration, RegistrationHandlers } from "./model.ts";
import { planAfter } from "./registration-plan.ts";
import { allow, supported } from "./words.ts";

/**
 * A registration kept alive (RFC 3261 10):
 *
 *   registering ── 200 ──► registered ── before it expires; its connection is lost; refresh() ──► registering
 *        └── anything else ──► failed ── after a wait ──► registering
 *   any ── close() / un-register ──► closed
 *
 * One REGISTER at a time: what would start another while one is under way is remembered.
 */
export class KeptRegistration implements Registration, Lasting {
  readonly #context: Context;
  readonly #options: RegisterOptions;
  readonly #handlers: RegistrationHandlers;
  readonly #timers: Timers;
  readonly #callId: string;
  readonly #from: string;
  readonly #contact: string;
  #state: Registration["state"] = "registering";
  #sequence = 0;
  #expires: number;
  #failures = 0;
  #underWay: Promise<void> | undefined;
  #again = false;
  #flow: Flow | null = null;
  #closing: Promise<void> | undefined;

  /** @throws Failure `unsafe-text`; SipParseError */
  constructor(context: Context, options: RegisterOptions, handlers: RegistrationHandlers) {
    this.#context = context;
    this.#options = options;
    this.#handlers = handlers;
    this.#timers = new Timers(context.clock);
    this.#callId = context.token();
    const params = new Map([["tag", context.token()]]);
    this.#from = printAddress({ displayName: "", uri: options.uri, params });
    this.#contact = context.contact(options.to.protocol);
    this.#expires = options.expires;
  }

  get state(): Registration["state"] {
    return this.#state;
  }

  start(): void {
    this.#context.begin(this);
    this.#register();
  }

  refresh(): void {
    if (this.#closing) return;
    if (this.#underWay) this.#again = true;
    else this.#register();
  }

  /** The registrar drops whom it can no longer reach. */
  disconnected(flow: Flow): void {
    const ours = this.#flow;
    if (!ours || ours.local.port !== flow.local.port) return;
    if (ours.remote.host === flow.remote.host && ours.remote.port === flow.remote.port) this.refresh();
  }

  close(): Promise<void> {
    this.#closing ??= this.#unregister();
    return this.#closing;
  }

  shut(): void {
    void this.close();
  }

  #register(): void {
    this.#timers.clear();
    this.#state = "registering";
    this.#underWay = this.#attempt();
  }

  async #attempt(): Promise<void> {
    const outcome = await this.#ask(this.#expires);
    this.#underWay = undefined;
    if (this.#closing) return;
    this.#judge(outcome);
    if (!this.#again) return;
    this.#again = false;
    this.refresh();
  }

  #judge({ status, reason, response, flow }: Outcome): void {
    const plan = planAfter(status, response, {
      contact: this.#contact,
      asked: this.#expires,
      failures: this.#failures,
      random: this.#context.random(),
    });
    switch (plan.kind) {
      case "registered":
        this.#failures = 0;
        this.#state = "registered";
        this.#flow = flow?.local.protocol === "TCP" ? flow : null;
        this.#timers.start("refresh", plan.refreshIn, () => this.refresh());
        this.#context.tell(this.#callId, "registered", () =>
          this.#handlers.registered({ expires: plan.expires }),
        );
        break;
      case "longer":
        this.#expires = plan.expires;
        this.#again = true;
        break;
      case "failed":
        this.#failures += 1;
        this.#state = "failed";
        this.#timers.start("retry", plan.retryIn, () => this.refresh());
        this.#context.tell(this.#callId, "failed", () =>
          this.#handlers.failed({
            status,
            reason,
            answered: response !== null,
            retryIn: plan.retryIn,
          }),
        );
        break;
    }
  }

  async #unregister(): Promise<void> {
    const known = this.#state === "registered" || this.#underWay !== undefined;
    this.#state = "closed";
    this.#timers.clear();
    await this.#underWay;
    if (known) await this.#ask(0);
    this.#context.end(this);
  }

  #ask(expires: number): Promise<Outcome> {
    const { registrar, to, credentials } = this.#options;
    const next = (): { request: SipRequest; to: typeof to } => {
      this.#sequence += 1;
      const headers = Headers.of([
        ["Max-Forwards", "70"],
        ["From", this.#from],
        ["To", printAddress({ displayName: "", uri: this.#options.uri })],
        ["Call-ID", this.#callId],
        ["CSeq", `${this.#sequence} REGISTER`],
        ["Contact", this.#contact],
        ["Expires", String(expires)],
        ["User-Agent", this.#context.userAgent],
        ["Allow", allow],
        ["Supported", supported.join(", ")],
      ]);
      const body = new Uint8Array();
      return { request: { kind: "request", method: "REGISTER", uri: registrar, headers, body }, to };
    };
    return ask(this.#context, next, credentials);
  }
}
