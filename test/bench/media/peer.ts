import type { Ends, Keying, Relayed } from "./messages.ts";

/** A relay to be measured, started anew for every run: nothing that one run leaves behind weighs on the next. */
export interface Peer {
  readonly name: string;
  readonly keying: Keying;
  /** Null: it can be run; else why not. */
  missing(): string | null;
  start(calls: number): Promise<Running>;
}

export interface Running {
  /** Of the process that relays. */
  readonly pid: number;
  /** How it was started. */
  readonly command: string;
  /** Sets the calls up; in the order given. */
  relay(calls: readonly Ends[]): Promise<readonly Relayed[]>;
  stop(): Promise<void>;
}
