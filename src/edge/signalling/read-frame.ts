import { Compile } from "typebox/compile";
import { Failure } from "../../base/index.ts";
import { ClientFrames, type ClientFrame } from "../../contract/index.ts";
import { diallable } from "../../core/routing/index.ts";
import { invalidRequest, isUnsafe, refuseUnsafeText } from "../server/index.ts";

/** What came from a device: a frame, or why it is none. */
export interface ReceivedFrame {
  readonly frame: ClientFrame | Failure;
  /** For the answer, as far as it could be read. */
  readonly ref?: string;
  readonly id?: string;
}

const validators = new Map(
  Object.entries(ClientFrames).map(([type, schema]) => [type, Compile(schema)] as const),
);

const isFrame = (value: unknown, validator: { Check(value: unknown): boolean }): value is ClientFrame =>
  validator.Check(value);

/** Of interface.md, and not of this version. */
const later = new Map<unknown, Failure>([
  [
    "reattach",
    new Failure(
      "invitation-not-found",
      "this version keeps no calls of a lost connection: they have ended; invite again",
    ),
  ],
  ...["hold", "resume", "transfer", "renegotiate", "message"].map((type): [string, Failure] => [
    type,
    new Failure("invalid-request", `frame/type: this version does not have ${type} yet`),
  ]),
]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const shortText = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" && value.length <= 64 && !isUnsafe(value) ? value : undefined;

/** What is several lines long, or anybody's text: safe in JSON and in SDP, and in nothing else. */
const longTexts = new Set(["sdp", "content", "response"]);
// Controls other than the tab and the line ends that RFC 8866 section 5 has.
// oxlint-disable-next-line no-control-regex -- these are what must not be in it
const sdpUnsafe = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

function refuseUnsafe(frame: ClientFrame): void {
  const lines = Object.entries(frame).filter(([name]) => !longTexts.has(name));
  refuseUnsafeText({ frame: Object.fromEntries(lines) });
  for (const [name, text] of Object.entries(frame)) {
    if (typeof text !== "string" || !longTexts.has(name)) continue;
    if (!text.isWellFormed() || (name === "sdp" && sdpUnsafe.test(text))) {
      throw new Failure(
        "unsafe-text",
        `frame/${name} holds half a character, or a control character; send it without`,
      );
    }
  }
  if (frame.type === "invite" && !diallable.test(frame.to)) {
    throw new Failure("invalid-number", "frame/to: 1 to 21 digits, * # and +, without blanks or punctuation");
  }
}

function read(value: unknown): ClientFrame {
  const type = isRecord(value) ? value["type"] : undefined;
  const validator = typeof type === "string" ? validators.get(type) : undefined;
  if (!validator) {
    const known = [...validators.keys()].join(", ");
    throw later.get(type) ?? new Failure("invalid-request", `frame/type: must be one of ${known}`);
  }
  if (!isFrame(value, validator)) throw invalidRequest("frame", validator.Errors(value));
  refuseUnsafe(value);
  return value;
}

/** Reads a text frame by the contract. Never throws. */
export function readFrame(text: string): ReceivedFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { frame: new Failure("invalid-request", "a frame is one JSON object") };
  }
  const ref = isRecord(value) ? shortText(value["ref"]) : undefined;
  const id = isRecord(value) ? shortText(value["id"]) : undefined;
  const named = { ...(ref !== undefined && { ref }), ...(id !== undefined && { id }) };
  try {
    return { ...named, frame: read(value) };
  } catch (error) {
    if (error instanceof Failure) return { ...named, frame: error };
    throw error;
  }
}
