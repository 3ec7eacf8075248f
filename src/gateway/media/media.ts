import type { Clock, Ids, Logger } from "../../base/index.ts";
import type { Media } from "./ports.ts";

export interface MediaOptions {
  /** The address of our SIP user agent; SIP legs take their media there. */
  readonly sip: { readonly host: string };
  /** The address that browsers are told, where it differs from `sip.host`. */
  readonly publicIp?: string;
  /** Both ends included. */
  readonly ports: { readonly from: number; readonly to: number };
  readonly mediaTimeoutSeconds: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
}

export declare function createMedia(options: MediaOptions): Media;
