import type { Clock } from "../../base/index.ts";
import { readCandidate, reflexivePriority } from "./candidate.ts";
import { Checks } from "./checks.ts";
import { readStun, signed, writeStun, type StunFields, type StunMessage } from "./stun.ts";

/**
 * ```
 * new ──remote credentials──► checking ──a pair is selected──► connected ──no consent for 30 s──► failed
 *  └────────────────────────────┴─────────────── close ──────────┴────────────► closed
 * ```
 * There is no way from `checking` to `failed`: how long a browser may take is its user's to say.
 */
export type IceState = "new" | "checking" | "connected" | "failed" | "closed";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly userFragment: string;
  readonly password: string;
}

export interface IceAgentOptions {
  readonly clock: Clock;
  /** That many random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /** RFC 8839 section 4.2.5: whoever makes the first offer controls. */
  readonly controlling: boolean;
  /** Sends from our one socket. */
  readonly send: (packet: Uint8Array, to: Address) => void;
  /** Media and DTLS go there from now on; told again whenever the peer moves. */
  readonly selected: (peer: Address) => void;
  /** Consent has expired (RFC 7675): nothing may be sent any more. */
  readonly expired: () => void;
}

/** The pair of our one host candidate and an address of the peer's. */
interface Pair extends Address {
  readonly key: string;
  /** `valid`: a check of ours was answered, signed, from that very address. */
  state: "waiting" | "checking" | "valid" | "failed";
  /** The peer has proved from there that it knows our password. */
  heardAt: number | null;
  /** The peer, controlling, wants this pair. */
  wanted: boolean;
}

/** With the credentials that it was selected under: a restart does not change those of a pair that goes on being used. */
interface Selected {
  readonly address: Address;
  readonly local: Credentials;
  readonly remote: Credentials;
}

/** More addresses than any browser has; what comes beyond is not checked. */
const maxPairs = 32;
/** RFC 8445 section 14.2. */
const pace = 50;
/** A browser checks its selected pair at least every 2.5 s, so one that was silent that long has gone. */
const silence = 4_000;
const consentInterval = 5_000;
const consentTimeout = 30_000;
const maxPrevious = 4;

/**
 * A full ICE agent (RFC 8445) with one component and one local address, which goes on for as long as the call does: the
 * peer may move to another address at any time, and is followed to those that answer checks and to no other. Requests
 * without the right credentials are not answered, nor do they change anything.
 */
export class IceAgent {
  readonly #options: IceAgentOptions;
  readonly #checks: Checks;
  readonly #tieBreaker: bigint;
  readonly #pairs = new Map<string, Pair>();
  #controlling: boolean;
  #local: Credentials;
  /** Of before restarts: the peer may stay on a pair of theirs for as long as it likes. */
  #previous: Credentials[] = [];
  #remote: Credentials | null = null;
  #selected: Selected | null = null;
  #state: IceState = "new";
  #nextCheckAt = 0;
  #consentAt = 0;
  #cancelConsent: () => void = () => undefined;
  #refused = 0;

  constructor(options: IceAgentOptions) {
    this.#options = options;
    this.#controlling = options.controlling;
    this.#local = this.#credentials();
    this.#tieBreaker = Buffer.from(options.random(8)).readBigUInt64BE(0);
    this.#checks = new Checks(options.clock, () => Buffer.from(options.random(12)).toString("hex"));
  }

  get state(): IceState {
    return this.#state;
  }

  get local(): Credentials {
    return this.#local;
  }

  get remote(): Credentials | null {
    return this.#remote;
  }

  /** Where to send; null: nowhere yet, or no longer. */
  get selected(): Address | null {
    return this.#state === "connected" ? (this.#selected?.address ?? null) : null;
  }

  /** Requests that were not answered, for want of the right credentials. */
  get refused(): number {
    return this.#refused;
  }

  get timers(): number {
    return this.#checks.timers + (this.#state === "connected" ? 1 : 0);
  }

  /** Takes the peer's credentials; others than before restart ICE (RFC 8445 section 9). */
  setRemote(remote: Credentials): void {
    if (this.#state === "closed") return;
    const { userFragment, password } = remote;
    if (this.#remote?.userFragment === userFragment && this.#remote.password === password) return;
    if (this.#remote) this.#forget();
    this.#remote = remote;
    if (this.#state === "new" || this.#state === "failed") this.#state = "checking";
  }

  /** New credentials of ours, for a description that restarts ICE. Media goes on as before until a pair is selected. */
  restart(): void {
    this.#previous = [this.#local, ...this.#previous].slice(0, maxPrevious);
    this.#local = this.#credentials();
    this.#forget();
  }

  /** A candidate of the peer's, in the text of RFC 8839 section 5.1; one that cannot be used is passed over. */
  addCandidate(text: string): void {
    const candidate = readCandidate(text);
    if (!candidate || !this.#remote || this.#state === "closed") return;
    const ours = candidate.userFragment === null || candidate.userFragment === this.#remote.userFragment;
    if (!ours) return;
    // Checked in the order they come: with one local address the pairs' priorities decide nothing but who is asked first.
    const pair = this.#pair(candidate);
    if (pair?.state === "waiting") this.#check(pair, this.#nextSlot());
  }

  /** Whether the peer was heard from there with our password: what else comes from there may be its own. */
  knows(host: string, port: number): boolean {
    const pair = this.#pairs.get(`${host}:${port}`);
    if (pair && (pair.heardAt !== null || pair.state === "valid")) return true;
    return this.#isSelected({ host, port });
  }

  /** A STUN packet that came to our socket. */
  receive(packet: Uint8Array, from: Address): void {
    if (this.#state === "closed") return;
    const message = readStun(packet);
    if (message?.kind === "request") this.#request(packet, message, from);
    else if (message?.kind === "success" || message?.kind === "error") this.#response(packet, message, from);
  }

  close(): void {
    this.#state = "closed";
    this.#checks.clear();
    this.#cancelConsent();
    this.#pairs.clear();
  }

  /** RFC 8445 section 7.3. */
  #request(packet: Uint8Array, message: StunMessage, from: Address): void {
    const mine = [this.#local, ...this.#previous].find(
      ({ userFragment }) => message.username?.startsWith(`${userFragment}:`) === true,
    );
    if (!mine || !signed(packet, message, mine.password)) {
      this.#refused += 1;
      return;
    }
    const { transaction } = message;
    const reply = (fields: Omit<StunFields, "transaction">): void =>
      this.#options.send(writeStun({ ...fields, transaction }, mine.password), from);
    if (message.unknown.length > 0) {
      reply({ kind: "error", error: { code: 420, reason: "Unknown Attribute" }, unknown: message.unknown });
      return;
    }
    if (this.#inConflict(message)) {
      reply({ kind: "error", error: { code: 487, reason: "Role Conflict" } });
      return;
    }
    reply({ kind: "success", mapped: from });
    // Before the peer's answer is here its password is not known, so it cannot be checked in turn.
    if (mine !== this.#local || !this.#remote) return;
    const pair = this.#pair(from);
    if (!pair) return;
    const now = this.#options.clock.now();
    pair.heardAt = now;
    if (message.useCandidate && !this.#controlling) pair.wanted = true;
    if (pair.state === "waiting" || pair.state === "failed") this.#check(pair, now);
    else if (pair.state === "valid") this.#consider(pair, message.useCandidate);
  }

  /** RFC 8445 section 7.3.1.1: the larger tie-breaker controls. True: the peer is to change its role. */
  #inConflict(message: StunMessage): boolean {
    const theirs = this.#controlling ? message.controlling : message.controlled;
    if (theirs === null) return false;
    const larger = this.#tieBreaker >= theirs;
    if (larger === this.#controlling) return true;
    this.#controlling = !this.#controlling;
    return false;
  }

  /** RFC 8445 section 7.2.5. */
  #response(packet: Uint8Array, message: StunMessage, from: Address): void {
    const check = this.#checks.find(message.transaction);
    if (!check || !signed(packet, message, check.password)) return;
    // RFC 8445 section 7.2.5.2.1: an answer from elsewhere says nothing of the address that was asked.
    if (check.key !== keyOf(from)) return;
    this.#checks.remove(message.transaction);
    const pair = this.#pairs.get(check.key);
    if (message.kind === "error") {
      if (!pair) return;
      if (message.error === 487 && check.controlling === this.#controlling)
        this.#controlling = !this.#controlling;
      if (message.error === 487) this.#check(pair, this.#options.clock.now());
      else pair.state = "failed";
      return;
    }
    if (this.#isSelected(from)) this.#consentAt = this.#options.clock.now();
    if (!pair || this.#remote?.password !== check.password) return;
    pair.state = "valid";
    if (check.nominating) this.#select(pair);
    else this.#consider(pair, pair.wanted);
  }

  /** A pair is valid: is it to be used? `wanted`: the controlling peer has just said so. */
  #consider(pair: Pair, wanted: boolean): void {
    if (!this.#controlling) {
      // RFC 8445 section 7.3.1.5, but a later nomination counts as well: browsers move by nominating anew.
      if (wanted) this.#select(pair);
      return;
    }
    const current = this.#selected && this.#pairs.get(keyOf(this.#selected.address));
    if (current === pair) return;
    const now = this.#options.clock.now();
    const lost = !current || now - Math.max(current.heardAt ?? 0, this.#consentAt) >= silence;
    if (lost && !this.#checks.nominating) this.#check(pair, now, true);
  }

  #select(pair: Pair): void {
    const moved = !this.#isSelected(pair);
    const resumed = this.#state !== "connected";
    const renewed = this.#selected?.remote !== this.#remote;
    if (!this.#remote || (!moved && !resumed && !renewed)) return;
    const address = { host: pair.host, port: pair.port };
    this.#selected = { address, local: this.#local, remote: this.#remote };
    if (!moved && !resumed) return;
    this.#state = "connected";
    this.#consentAt = this.#options.clock.now();
    this.#keepConsent();
    this.#options.selected(address);
  }

  /** RFC 7675 section 5.1: every 4 to 6 seconds, never repeated; the answers keep the right to send. */
  #keepConsent(): void {
    this.#cancelConsent();
    const jitter = 0.8 + (0.4 * (this.#options.random(1)[0] ?? 0)) / 255;
    this.#cancelConsent = this.#options.clock.after(consentInterval * jitter, () => {
      const now = this.#options.clock.now();
      if (!this.#selected) return;
      if (now - this.#consentAt >= consentTimeout) {
        this.#state = "failed";
        this.#selected = null;
        this.#options.expired();
        return;
      }
      this.#send(this.#selected.address, this.#selected, { repeat: false, nominating: false });
      this.#keepConsent();
    });
  }

  #check(pair: Pair, at: number, nominating = false): void {
    if (!this.#remote) return;
    if (pair.state !== "valid") pair.state = "checking";
    const credentials = { local: this.#local, remote: this.#remote };
    this.#checks.at(at, () => this.#send(pair, credentials, { repeat: true, nominating }));
  }

  #send(
    to: Address,
    { local, remote }: { readonly local: Credentials; readonly remote: Credentials },
    { repeat, nominating }: { readonly repeat: boolean; readonly nominating: boolean },
  ): void {
    const key = keyOf(to);
    const controlling = this.#controlling;
    const send = (transaction: string): void => {
      const fields: StunFields = {
        kind: "request",
        transaction,
        username: `${remote.userFragment}:${local.userFragment}`,
        priority: reflexivePriority,
        ...(nominating ? { useCandidate: true } : {}),
        ...(controlling ? { controlling: this.#tieBreaker } : { controlled: this.#tieBreaker }),
      };
      this.#options.send(writeStun(fields, remote.password), to);
    };
    this.#checks.start({ key, password: remote.password, controlling, nominating }, send, repeat, () => {
      const pair = this.#pairs.get(key);
      if (pair?.state === "checking") pair.state = "failed";
    });
  }

  #nextSlot(): number {
    const at = Math.max(this.#options.clock.now(), this.#nextCheckAt);
    this.#nextCheckAt = at + pace;
    return at;
  }

  #pair({ host, port }: Address): Pair | null {
    const key = keyOf({ host, port });
    const known = this.#pairs.get(key);
    if (known) return known;
    if (this.#pairs.size >= maxPairs) {
      const idle = [...this.#pairs.values()].find((one) => one.state === "failed" && !this.#isSelected(one));
      if (!idle) return null;
      this.#pairs.delete(idle.key);
    }
    const pair: Pair = { host, port, key, state: "waiting", heardAt: null, wanted: false };
    this.#pairs.set(key, pair);
    return pair;
  }

  #isSelected({ host, port }: Address): boolean {
    const address = this.#selected?.address;
    return address?.port === port && address.host === host;
  }

  #forget(): void {
    this.#pairs.clear();
    this.#checks.clear();
    this.#nextCheckAt = 0;
  }

  /** RFC 8839 section 5.4: characters are letters, digits, `+` and `/`. */
  #credentials(): Credentials {
    const text = (bytes: number): string =>
      Buffer.from(this.#options.random(bytes)).toString("base64").replaceAll("=", "");
    return { userFragment: text(6), password: text(18) };
  }
}

const keyOf = ({ host, port }: Address): string => `${host}:${port}`;
