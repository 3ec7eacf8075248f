import { isIPv6 } from "node:net";
import {
  answerDirection,
  chooseCodecs,
  LocalSession,
  relayable,
  type Audio,
  type Codec,
  type Direction,
  type Endpoint,
} from "../../protocol/sdp/index.ts";
import { described, refused, refusing, type Described } from "./description.ts";
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
import type { LanePort } from "./lane/lane.ts";
import type { LegStatistics, Offer } from "./ports.ts";
import { SilenceWatch } from "./silence-watch.ts";

export interface SipLegOptions extends LegOptions {
  /** Where the peer is told to send. */
  readonly announced: Endpoint;
  /** Digits. */
  readonly sessionId: string;
  /** Addresses of the switches: see SourceRule. */
  readonly switches: () => readonly string[];
}

/** Plain RTP and RTCP with a SIP party. */
export class SipLeg implements PlaneLeg {
  readonly kind = "sip";
  readonly lane: LanePort;
  readonly #options: SipLegOptions;
  readonly #session: LocalSession;
  readonly #watch: SilenceWatch;
  #offered: Described | null = null;
  /** Of our latest offer. */
  #proposed: readonly Codec[] = [];
  #peer: Audio | null = null;
  #lost = false;
  #closing: Promise<void> | null = null;

  constructor(options: SipLegOptions) {
    this.lane = options.lane;
    this.#options = options;
    this.#session = new LocalSession(options.sessionId);
    this.#watch = new SilenceWatch(options.mediaTimeout);
  }

  get timers(): number {
    return 0;
  }

  acceptOffer(sdp: string): Promise<Offer> {
    return settledBy(() => {
      const offered = reachable(described(sdp, "plain"));
      const codecs = relayable(offered.audio.codecs);
      if (codecName(codecs) === null) throw refused("none of its codecs can be relayed");
      this.#offered = offered;
      return { codecs, direction: offered.audio.direction };
    });
  }

  createAnswer(codecs: readonly Codec[], direction: Direction = "sendrecv"): Promise<string> {
    return settledBy(() => {
      const offered = this.#offered;
      if (!offered) throw refused("there is no offer to answer");
      const { audio, description } = offered;
      const chosen = chooseCodecs(relayable(audio.codecs), codecs);
      if (codecName(chosen) === null) throw refused("there is no codec in common");
      const answered = answerDirection(audio.direction, direction);
      const answer = refusing(() =>
        this.#session.answer(description, audio, {
          rtp: this.#options.announced,
          codecs: chosen,
          direction: answered,
          ...(audio.ptime === null ? {} : { ptime: audio.ptime }),
        }),
      );
      this.#offered = null;
      this.#use(chosen, chosen, audio, answered);
      return answer;
    });
  }

  createOffer(codecs: readonly Codec[]): Promise<string> {
    return settledBy(() => {
      const ours = relayable(codecs);
      if (codecName(ours) === null) throw refused("there is no codec to offer");
      this.#proposed = ours;
      return this.#session.offer({ rtp: this.#options.announced, codecs: ours, direction: "sendrecv" });
    });
  }

  acceptAnswer(sdp: string): Promise<Offer> {
    return settledBy(() => {
      const { audio } = reachable(described(sdp, "plain"));
      const codecs = takenOf(this.#proposed, audio.codecs);
      this.#use(this.#proposed, codecs, audio, "sendrecv");
      return { codecs, direction: audio.direction };
    });
  }

  addCandidate(): Promise<void> {
    return Promise.resolve();
  }

  connected(): Promise<void> {
    return Promise.resolve();
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
      codec: this.#peer && codecName(relayable(this.#peer.codecs)),
      ice: null,
      dtls: null,
      srtp: null,
      received,
      sent,
      peer,
      dropped,
    };
  }

  /**
   * Nothing is expected before the first packet: a switch that parks a call or plays nothing while it rings sends none,
   * and SIP tells when it is gone.
   */
  joined(): void {
    // Begun by the first packet: see `watch`.
  }

  watch(now: number): void {
    const { heardAt } = this.lane.counters();
    if (heardAt !== null) this.#watch.begin(heardAt);
    if (this.#lost || this.#closing || !this.#watch.isOver(heardAt, now)) return;
    this.#lost = true;
    this.#options.events.lost("media-timeout");
  }

  close(): Promise<void> {
    this.#closing ??= this.lane.close().finally(() => this.#options.released());
    return this.#closing;
  }

  #use(ours: readonly Codec[], theirs: readonly Codec[], audio: Audio, direction: Direction): void {
    this.#peer = { ...audio, codecs: theirs };
    if (this.#closing) return;
    const { rtp, rtcp } = audio;
    this.lane.describe({ receive: receivable(ours, theirs), send: theirs });
    this.lane.accept(rtp && { endpoint: rtp, others: this.#options.switches() });
    this.lane.aim(audio.held || !sends(direction) ? null : rtp, rtcp);
    // Whoever holds us need not send, whatever its description says.
    const silent = audio.direction !== "sendrecv" || !takes(direction);
    this.#watch.suspend(silent, this.#options.clock.now());
  }
}

/** Our sockets are of IPv4: a peer that wants its media by IPv6 would hear nothing. */
function reachable(described: Described): Described {
  const { rtp } = described.audio;
  if (rtp && isIPv6(rtp.host)) throw refused("its address is one of IPv6");
  return described;
}
