/** How the bench's process talks to the generator and to a relaying process. Everything is on 127.0.0.1. */
export const host = "127.0.0.1";
/** How the encrypted side gets its keys: a=crypto (RFC 4568), or ICE and DTLS. */
export type Keying = "sdes" | "dtls";

/** An SRTP end with its own master key and salt (30 bytes, base64). */
export interface Sdes {
  readonly port: number;
  readonly key: string;
}

/** The generator's ends of one call. */
export interface Ends {
  readonly plain: number;
  readonly secure: { readonly sdes: Sdes } | { readonly offer: string };
}

/** What the relay answered: where it takes the call's media. */
export interface Relayed {
  readonly plain: number;
  readonly secure: { readonly sdes: Sdes } | { readonly answer: string };
}

export type ToGenerator =
  | { readonly type: "open"; readonly calls: number; readonly keying: Keying }
  | { readonly type: "connect"; readonly calls: readonly Relayed[] }
  | { readonly type: "run"; readonly warmUpSeconds: number; readonly seconds: number };

/** Packets of the measured time, both directions of every call. */
export interface Counts {
  readonly sent: number;
  /** Came through authentic and whole, once each. */
  readonly received: number;
  /** What was not, by reason. */
  readonly faults: Readonly<Record<string, number>>;
}

export type FromGenerator =
  | { readonly type: "opened"; readonly calls: readonly Ends[] }
  | { readonly type: "connected" }
  /** The warm-up is over. */
  | { readonly type: "measuring" }
  /** The measured time is over; what was sent in it may still be under way. */
  | { readonly type: "measured" }
  | { readonly type: "counted"; readonly counts: Counts }
  | { readonly type: "failed"; readonly reason: string };

/** To a relaying process of ours or werift's, which offers ICE and DTLS to one side and plain RTP to the other. */
export interface ToRelay {
  readonly calls: readonly { readonly offer: string; readonly plain: number }[];
}

export type FromRelay =
  | { readonly type: "ready" }
  | {
      readonly type: "relaying";
      readonly calls: readonly { readonly answer: string; readonly plain: number }[];
    }
  | { readonly type: "failed"; readonly reason: string };
