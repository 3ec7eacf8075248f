import { Failure } from "../../base/index.ts";
import { isToken } from "./grammar.ts";
import { safeText } from "./headers.ts";
import type { SipMessage } from "./model.ts";

// oxlint-disable-next-line no-control-regex -- these would end the URI or the line
const noUri = /[\0-\u0020\u007F]/u;

function startLine(message: SipMessage): string {
  if (message.kind === "response") {
    if (!Number.isInteger(message.status) || message.status < 100 || message.status > 699) {
      throw new Failure("unsafe-text", "A SIP status is a number from 100 to 699.");
    }
    return `SIP/2.0 ${message.status} ${safeText(message.reason)}\r\n`;
  }
  if (!isToken(message.method)) throw new Failure("unsafe-text", "A SIP method is a token.");
  if (message.uri === "" || noUri.test(message.uri)) {
    throw new Failure("unsafe-text", "A Request-URI holds no spaces and no controls.");
  }
  return `${message.method} ${message.uri} SIP/2.0\r\n`;
}

/** The bytes of a message; Content-Length is set here, whatever the headers say. Throws `unsafe-text`. */
export function printMessage(message: SipMessage): Uint8Array {
  let text = startLine(message);
  for (const [name, value] of message.headers.entries()) {
    if (name !== "Content-Length") text += `${name}: ${value}\r\n`;
  }
  text += `Content-Length: ${message.body.length}\r\n\r\n`;
  const head = Buffer.from(text, "utf8");
  return message.body.length === 0 ? head : Buffer.concat([head, message.body]);
}
