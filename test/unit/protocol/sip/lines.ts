import type { SipMessage } from "../../../../src/protocol/sip/index.ts";

/** A message as plain values. Content-Length is left out, which the printer writes last, whatever stood there. */
export function lines(message: SipMessage): unknown {
  const { headers, body, ...start } = message;
  const all = [...headers.entries()].filter(([name]) => name !== "Content-Length");
  return { ...start, headers: all, body: Buffer.from(body).toString("latin1") };
}
