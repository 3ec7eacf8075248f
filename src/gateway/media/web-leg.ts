import { Failure } from "../../base/index.ts";
import { IceAgent } from "../../protocol/ice/index.ts";
import {
  answerDirection,
  chooseCodecs,
  relayable,
  type Audio,
  type Codec,
  type Direction,
  type Endpoint,
} from "../../protocol/sdp/index.ts";
import { described, refused, refusing, type Described } from "./description.ts";
import { DtlsPeer, type OwnCertificate } from "./dtls/index.ts";
import type { LanePort } from "./lane/lane.ts";
import {
  codecName,
  receivable,
  sends,
  settledBy,
  takes,
  type LegOptions,
  type PlaneLeg,
  takenOf,
} from "./leg.ts";
import type { LegStatistics, MediaLegEvents, Offer } from "./ports.ts";
import { SilenceWatch } from "./silence-watch.ts";
import { WebSession } from "./web-description.ts";

export interface WebLegOptions extends LegOptions {
  /** Our one host candidate. */
  readonly announced: Endpoint;
  /** Digits. */
  readonly sessionId: string;
  readonly certificate: OwnCertificate;
  readonly random: (bytes: number) => Uint8Array;
  readonly ssrc: number;
  readonly cname: string;
}

/** Of a browser that trickles its candidates before its description. */
const maxWaiting = 64;
/** DTLS packets that come while the peer's address is not proved yet: a flight. */
const maxEarly = 8;
const profile = "AES_CM_128_HMAC_SHA1_80";

/**
 * A browser: ICE and DTLS-SRTP.
 *
 * ```
 * described ──ICE selects──► DTLS ──proved──► media; close_notify, or consent that expires, is the end
 * ```
 */
export class WebLeg implements PlaneLeg {
  readonly kind = "web";
  readonly lane: LanePort;
  readonly #options: WebLegOptions;
  readonly #session: WebSession;
  readonly #watch: SilenceWatch;
  readonly #ready = Promise.withResolvers<void>();
  #ice: IceAgent | null = null;
  #dtls: DtlsPeer | null = null;
  #early: Buffer[] = [];
  #waiting: string[] = [];
  #offered: Described | null = null;
  #proposed: readonly Codec[] = [];
  #mid = "0";
  #peer: Audio | null = null;
  #direction: Direction = "sendrecv";
  #secure = false;
  #over = false;
  #closing: Promise<void> | null = null;

  constructor(options: WebLegOptions) {
    this.lane = options.lane;
    this.#options = options;
    this.#session = new WebSession(options.sessionId);
    this.#watch = new SilenceWatch(options.mediaTimeout);
    // Whoever never waits for it need not catch it.
    this.#ready.promise.catch(() => undefined);
  }

  get timers(): number {
    return this.#ice?.timers ?? 0;
  }

  acceptOffer(sdp: string): Promise<Offer> {
    return settledBy(() => {
      const offered = described(sdp, "secure");
      this.#check(offered.audio);
      const codecs = relayable(offered.audio.codecs);
      if (codecName(codecs) === null) throw refused("none of its codecs can be relayed");
      this.#offered = offered;
      return { codecs, direction: offered.audio.direction };
    });
  }

  createAnswer(codecs: readonly Codec[], direction: Direction = "sendrecv"): Promise<string> {
    return settledBy(() => {
      const offered = this.#offered;
      if (!offered || this.#closing) throw refused("there is no offer to answer");
      const { audio, description } = offered;
      const chosen = chooseCodecs(relayable(audio.codecs), codecs);
      if (codecName(chosen) === null) throw refused("there is no codec in common");
      const answered = answerDirection(audio.direction, direction);
      const ice = this.#agent(false);
      const restarts = ice.remote !== null && ice.remote.userFragment !== audio.ice?.userFragment;
      if (restarts) ice.restart();
      // The client of DTLS begins: as such we need not wait for a browser that cannot know yet that ICE is done.
      const role = this.#dtls?.role ?? (audio.dtls?.setup === "active" ? "server" : "client");
      const answer = refusing(() =>
        this.#session.answer(description, audio, {
          ...this.#local(ice, chosen, answered),
          setup: role === "client" ? "active" : "passive",
        }),
      );
      this.#offered = null;
      this.#mid = audio.mid ?? this.#mid;
      this.#use(chosen, chosen, audio, answered, role);
      return answer;
    });
  }

  createOffer(codecs: readonly Codec[]): Promise<string> {
    return settledBy(() => {
      const ours = relayable(codecs);
      if (codecName(ours) === null) throw refused("there is no codec to offer");
      const ice = this.#agent(true);
      this.#proposed = ours;
      return this.#session.offer({ ...this.#local(ice, ours, "sendrecv"), setup: "actpass" }, this.#mid);
    });
  }

  acceptAnswer(sdp: string): Promise<Offer> {
    return settledBy(() => {
      const { audio } = described(sdp, "secure");
      this.#check(audio);
      if (!this.#ice) throw refused("it answers what was not offered");
      const codecs = takenOf(this.#proposed, audio.codecs);
      // RFC 8842 section 5.3: an answer says active or passive.
      const role = this.#dtls?.role ?? (audio.dtls?.setup === "passive" ? "client" : "server");
      this.#use(this.#proposed, codecs, audio, "sendrecv", role);
      return { codecs, direction: audio.direction };
    });
  }

  addCandidate(candidate: string): Promise<void> {
    if (this.#ice?.remote) this.#ice.addCandidate(candidate);
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(candidate);
    return Promise.resolve();
  }

  connected(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(deadline, () =>
        reject(new Failure("media-failed", `The browser's media did not connect: ${this.#progress()}.`)),
      );
      this.#ready.promise.then(resolve, reject).finally(cancel);
    });
  }

  sendDigits(digits: string): void {
    this.lane.sendDigits(digits);
  }

  statistics(): LegStatistics {
    const { remote, received, sent, peer, dropped } = this.lane.counters();
    const { announced } = this.#options;
    return {
      kind: this.kind,
      local: `${announced.host}:${announced.port}`,
      remote: remote && `${remote.host}:${remote.port}`,
      codec: this.#peer && codecName(this.#peer.codecs),
      ice: this.#ice?.state ?? null,
      dtls: this.#dtls?.state ?? null,
      srtp: this.#secure ? profile : null,
      received,
      sent,
      peer,
      dropped: {
        ...dropped,
        ...(this.#ice && this.#ice.refused > 0 ? { stun: this.#ice.refused } : {}),
      },
    };
  }

  /** Browsers send always, even a track that is muted. */
  joined(now: number): void {
    this.#watch.begin(now);
  }

  watch(now: number): void {
    if (this.#watch.isOver(this.lane.counters().heardAt, now)) this.#lost("media-timeout");
  }

  /** Takes a packet that the lane does not carry itself. */
  control(packet: Buffer, from: Endpoint): void {
    if (this.#closing || !this.#ice) return;
    if ((packet[0] ?? 0) < 4) this.#ice.receive(packet, from);
    // What proves nothing itself must come from where the peer has proved to be.
    else if (!this.#ice.knows(from.host, from.port)) return;
    else if (this.#dtls && this.#ice.selected) this.#dtls.receive(packet);
    else if (this.#early.length < maxEarly) this.#early.push(packet);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#ready.reject(new Failure("media-failed", "The leg was closed."));
    const released = this.lane.close();
    this.#dtls?.close();
    this.#ice?.close();
    await released;
    this.#options.released();
  }

  #check(audio: Audio): void {
    if (!audio.ice) throw refused("it has no ICE credentials");
    if (!audio.dtls) throw refused("it has no fingerprint");
    if (!audio.rtcpMux) throw refused("it does not multiplex RTCP");
    if (audio.dtls.setup === "holdconn") throw refused("its setup is holdconn");
    const before = this.#peer?.dtls?.fingerprints.map(({ value }) => value).toSorted();
    const now = audio.dtls.fingerprints.map(({ value }) => value).toSorted();
    if (before && before.join() !== now.join()) throw refused("its certificate is another one than before");
  }

  #agent(controlling: boolean): IceAgent {
    const { clock, random } = this.#options;
    this.#ice ??= new IceAgent({
      clock,
      random,
      controlling,
      send: (packet, to) => this.lane.control(packet, to),
      selected: () => this.#selected(),
      expired: () => {
        this.lane.aim(null, null);
        this.#lost("consent-expired");
      },
    });
    return this.#ice;
  }

  #local(ice: IceAgent, codecs: readonly Codec[], direction: Direction) {
    const { announced, certificate, ssrc, cname } = this.#options;
    return {
      rtp: announced,
      codecs,
      direction,
      ice: ice.local,
      fingerprint: certificate.fingerprint,
      ssrc,
      cname,
    };
  }

  #use(
    ours: readonly Codec[],
    theirs: readonly Codec[],
    audio: Audio,
    direction: Direction,
    role: "client" | "server",
  ): void {
    const { ice, dtls } = audio;
    const agent = this.#ice;
    if (this.#closing || !agent || !ice || !dtls) return;
    this.#peer = { ...audio, codecs: theirs };
    this.#direction = direction;
    this.lane.describe({ receive: receivable(ours, theirs), send: theirs });
    this.#aim();
    const silent = !sends(audio.direction) || !takes(direction);
    this.#watch.suspend(silent, this.#options.clock.now());
    this.#secured(dtls.fingerprints, role);
    agent.setRemote({ userFragment: ice.userFragment, password: ice.password });
    for (const candidate of [...ice.candidates, ...this.#waiting.splice(0)]) agent.addCandidate(candidate);
  }

  #secured(
    fingerprints: readonly { readonly hash: string; readonly value: string }[],
    role: "client" | "server",
  ): void {
    this.#dtls ??= new DtlsPeer({
      role,
      fingerprints,
      certificate: this.#options.certificate,
      send: (packet) => {
        const to = this.#ice?.selected;
        if (to) this.lane.control(packet, to);
      },
      connected: (keys) => {
        this.lane.secure(keys);
        this.#secure = true;
        this.#ready.resolve();
      },
      failed: (reason) => this.#lost("dtls-failed", reason),
      closed: () => this.#lost("dtls-closed"),
    });
  }

  #selected(): void {
    this.#aim();
    this.#dtls?.start();
    for (const packet of this.#early.splice(0)) this.#dtls?.receive(packet);
  }

  #aim(): void {
    const to = this.#ice?.selected ?? null;
    const held = this.#peer?.held === true || !sends(this.#direction);
    this.lane.aim(held ? null : to, to);
  }

  #lost(reason: Parameters<MediaLegEvents["lost"]>[0], detail?: string): void {
    if (this.#over || this.#closing) return;
    this.#over = true;
    this.#ready.reject(new Failure("media-failed", `The browser's media ended: ${detail ?? reason}.`));
    this.#options.events.lost(reason, detail);
  }

  #progress(): string {
    if (!this.#peer) return "there is no description of it";
    if (!this.#ice?.selected) return "no address of it answered";
    return `DTLS is ${this.#dtls?.state ?? "new"}`;
  }
}
