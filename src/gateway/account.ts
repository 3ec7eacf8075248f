import type { Clock, Logger, Publish } from "../base/index.ts";
import type { Registration, UserAgent } from "../protocol/sip/index.ts";
import type { GatewaySettings } from "./settings.ts";

/** Seconds: a switch that forgot us without a word finds us again in half of it. */
const expires = 120;

/**
 * Milliseconds. A switch that is just starting answers 503 with a Retry-After of five minutes (seen), and takes calls
 * seconds later; it is ours, and one REGISTER in a while does it no harm.
 */
const longestWait = 10_000;

/**
 * Milliseconds between a REGISTER that was accepted and one of ours that is not due. A moment after its 200, FreeSWITCH
 * deletes whatever has that contact and another time of expiry (the second delete of sofia_reg_handle_register_token in
 * sofia_reg.c, which is queued): the registration itself, if it was renewed within that moment and the next second had
 * begun (a tenth of a second apart: 12 of 12 were gone). Nobody is told, and web users cannot be called until it is due.
 */
const settling = 3_000;

interface AccountOptions {
  readonly settings: Pick<GatewaySettings, "switchSip" | "domain" | "proxyAccount" | "proxySecret">;
  readonly publish: Publish;
  readonly clock: Pick<Clock, "now" | "after">;
  readonly log: Logger;
}

/**
 * The proxy account's registration with the switch: what calls to web users are bridged to. Publishes
 * `gateway.registered` and `gateway.unregistered` `{account, switch, reason?}`, once for each change.
 */
export class Account {
  readonly #o: AccountOptions;
  readonly #address: string;
  #registration: Registration | null = null;
  #registered = false;
  /** Why it is not registered. */
  /** Null: nobody answered. */
  #reason: string | null = "it was not tried yet";
  #cancelRetry: () => void = () => undefined;
  #acceptedAt = Number.NEGATIVE_INFINITY;
  /** The switch may have forgotten us since the REGISTER that was last sent. */
  #again = false;
  #cancelAgain: () => void = () => undefined;
  /** Told already. */
  #told: boolean | null = null;

  constructor(o: AccountOptions) {
    this.#o = o;
    const { host, port } = o.settings.switchSip;
    this.#address = `${host}:${port}`;
  }

  /** Why the switch cannot call web users; null while it can. */
  get trouble(): string | null {
    if (this.#registered) return null;
    const { proxyAccount } = this.#o.settings;
    return this.#reason === null
      ? `nobody answers SIP at ${this.#address}, where Patchcord's user agent registers as ${proxyAccount}: start the switch, or set PATCHCORD_SWITCH_SIP to where its internal profile listens`
      : `the switch at ${this.#address} does not let Patchcord's user agent register as ${proxyAccount}: ${this.#reason}`;
  }

  /** Registers, and stays so until `close`. */
  open(agent: Pick<UserAgent, "register">): void {
    const { switchSip, domain, proxyAccount, proxySecret } = this.#o.settings;
    this.#registration = agent.register(
      {
        registrar: `sip:${domain}`,
        to: { protocol: "UDP", ...switchSip },
        uri: `sip:${proxyAccount}@${domain}`,
        credentials: { username: proxyAccount, password: proxySecret },
        expires,
      },
      {
        registered: () => {
          this.#cancelRetry();
          this.#acceptedAt = this.#o.clock.now();
          this.#changed(true, "");
          this.#askAgain();
        },
        failed: ({ status, reason, answered, retryIn }) => {
          this.#o.log.debug({ status, reason, retryIn }, "the user agent could not register");
          this.#cancelRetry();
          if (retryIn > longestWait)
            this.#cancelRetry = this.#o.clock.after(longestWait, () => this.refresh());
          this.#changed(false, answered ? `${status} ${reason}` : null);
          this.#askAgain();
        },
      },
    );
  }

  /** The switch may have forgotten us. */
  refresh(): void {
    this.#again = true;
    if (this.#registration?.state !== "registering") this.#askAgain();
  }

  /** Un-registers; resolves when the switch said so, or can no longer. Idempotent. */
  async close(): Promise<void> {
    this.#cancelRetry();
    this.#cancelAgain();
    await this.#registration?.close();
    if (this.#registered) this.#changed(false, "Patchcord stops");
  }

  #askAgain(): void {
    if (!this.#again) return;
    this.#cancelAgain();
    const since = this.#o.clock.now() - this.#acceptedAt;
    if (since >= 0 && since < settling) {
      this.#cancelAgain = this.#o.clock.after(settling - since, () => this.refresh());
      return;
    }
    this.#again = false;
    this.#registration?.refresh();
  }

  #changed(registered: boolean, reason: string | null): void {
    this.#registered = registered;
    this.#reason = reason;
    if (this.#told === registered) return;
    this.#told = registered;
    const { publish, clock, log, settings } = this.#o;
    const data = {
      account: settings.proxyAccount,
      switch: this.#address,
      ...(registered ? {} : { reason: reason ?? "no answer" }),
    };
    publish({
      type: registered ? "gateway.registered" : "gateway.unregistered",
      time: clock.now(),
      node: null,
      data,
    });
    if (registered) log.info(data, "the switch knows where web users are called");
    else log.warn(data, "the switch does not know where web users are called");
  }
}
