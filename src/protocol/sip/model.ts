import type { Headers } from "./headers.ts";

/** RFC 3261 section 7. Header values are held unfolded, decoded as UTF-8. */
export type SipMessage = SipRequest | SipResponse;

export interface SipRequest {
  readonly kind: "request";
  /** As written; methods are case-sensitive. */
  readonly method: string;
  /** Request-URI as written. */
  readonly uri: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface SipResponse {
  readonly kind: "response";
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export type Protocol = "UDP" | "TCP";

export interface SipAddress {
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
}

/** A 5-tuple: what came in on it is answered on it. */
export interface Flow {
  readonly local: SipAddress;
  readonly remote: SipAddress;
}

/** Carries whole messages. UDP and TCP are implementations; a lossy one is a test's. */
export interface Transport {
  /** Where we listen; goes into Via and Contact. */
  readonly local: { readonly host: string; readonly port: number };
  /** Resolves when the message was handed to the network; rejects with TransportError when it cannot be. */
  send(message: SipMessage, to: SipAddress): Promise<Flow>;
  /** Idempotent; resolves when every socket is closed. */
  close(): Promise<void>;
}

/** Told by a transport; what cannot be parsed is counted, answered 400 where RFC 3261 wants it, and not told. */
export interface TransportEvents {
  message(message: SipMessage, flow: Flow): void;
  /**
   * A connection that carried messages is gone; of UDP: the system told, by ICMP, that a request sent on this flow did
   * not arrive (RFC 3261 18.4). The flow may be used again.
   */
  disconnected(flow: Flow, reason: string): void;
}
