import type { HeaderPair } from "./model.ts";
import { plainType, relayType } from "./dtmf.ts";
import { allow, sdpType, supported } from "./words.ts";

/** What an OPTIONS is told of us (RFC 3261 11.2). */
export const capabilities: readonly HeaderPair[] = [
  ["Allow", allow],
  ["Accept", [sdpType, relayType, plainType].join(", ")],
  ["Accept-Encoding", "identity"],
  ["Allow-Events", "refer"],
  ["Supported", supported.join(", ")],
];
