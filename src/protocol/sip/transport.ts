import type { Clock } from "../../base/index.ts";
import type { Protocol, SipAddress } from "./model.ts";

export interface ListenOptions {
  /** An address of this machine; IPv6 without brackets. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly clock: Clock;
  /** Whom to listen to at all; asked with the address that packets come from. Everybody when left out. */
  readonly admit?: (remote: SipAddress) => boolean;
  /** TCP connections that may be open; the next that a peer opens is closed at once. 1,000 when left out. */
  readonly connections?: number;
}

/** Why a message was not handed to the network. */
export type TransportErrorCode =
  /** No route, nobody there, no connection in time. */
  | "unreachable"
  /** Larger than the transport carries. */
  | "too-large"
  /** The peer reads nothing, the connection was given up. */
  | "stalled"
  /** The connection broke, or the transport is closed. */
  | "closed";

export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly code: TransportErrorCode;
  readonly to: SipAddress;

  constructor(code: TransportErrorCode, to: SipAddress, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
    this.to = to;
  }
}

/** What a transport did with what came in; figures only grow. */
export interface TransportCounts {
  readonly protocol: Protocol;
  readonly received: number;
  readonly sent: number;
  /** Could not be parsed. */
  readonly malformed: number;
  /** From an address that is not admitted. */
  readonly refused: number;
  /** Keep-alives. */
  readonly keepAlives: number;
  /** Sockets open now: connections, and of UDP those to single peers. */
  readonly sockets: number;
}

/** The system's name of an error, `ECONNREFUSED` for one; an error without one gives its message. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
