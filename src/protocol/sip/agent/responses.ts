import { parseAddress } from "../address.ts";
import { Headers } from "../headers.ts";
import type { SipMessage, SipRequest, SipResponse } from "../model.ts";
import { reasonPhrase } from "../status.ts";
import { parseContentType } from "../values.ts";
import type { HeaderPair } from "./model.ts";
import { sdpType } from "./words.ts";

export interface Body {
  readonly type: string;
  readonly content: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Iterable<HeaderPair>;
  readonly body?: Body | undefined;
}

export const sdpBody = (sdp: string): Body => ({ type: sdpType, content: sdp });

export function withBody<Message extends SipMessage>(message: Message, body: Body | undefined): Message {
  if (!body) return message;
  message.headers.set("Content-Type", body.type);
  return { ...message, body: Buffer.from(body.content) };
}

/** RFC 3261 8.2.6: `tag` goes to a To that has none, unless the response is a 100. */
export function responseTo(
  request: SipRequest,
  answer: Answer,
  { tag, server }: { readonly tag: string; readonly server: string },
): SipResponse {
  const { status } = answer;
  const to = request.headers.get("To") ?? "";
  const tagged = status === 100 || parseAddress(to).params.has("tag") ? to : `${to};tag=${tag}`;
  const headers = Headers.of([
    ...request.headers.all("Via").map((via) => ["Via", via] as const),
    ["From", request.headers.get("From") ?? ""],
    ["To", tagged],
    ["Call-ID", request.headers.get("Call-ID") ?? ""],
    ["CSeq", request.headers.get("CSeq") ?? ""],
    ["Server", server],
    ...(answer.headers ?? []),
  ]);
  const response = { kind: "response", status, reason: reasonPhrase(status), headers } as const;
  return withBody<SipResponse>({ ...response, body: new Uint8Array() }, answer.body);
}

/** The session description of a message; null when it has none. Throws a SipParseError. */
export function sdpOf({ headers, body }: SipMessage): string | null {
  if (body.length === 0) return null;
  const { type } = parseContentType(headers.get("Content-Type") ?? sdpType);
  return type === sdpType ? Buffer.from(body).toString("utf8") : null;
}
