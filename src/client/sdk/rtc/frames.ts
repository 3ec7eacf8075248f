import type { ServerFrame } from "../../../contract/index.ts";

type Kind = "string" | "number" | "object" | "array";

/** What each frame holds at least; the rest may be absent. */
const members = {
  welcome: {
    user: "string",
    displayName: "string",
    session: "string",
    iceServers: "array",
    limits: "object",
    expiresAt: "number",
  },
  ready: {},
  invitation: { id: "string", from: "object", sdp: "string", media: "string", number: "string" },
  state: { id: "string", state: "string" },
  progress: { id: "string", sdp: "string" },
  answer: { id: "string", sdp: "string" },
  candidate: { id: "string", candidate: "object" },
  dtmf: { id: "string", digits: "string" },
  done: {},
  ended: { id: "string", cause: "string", sip: "number", by: "string" },
  error: { code: "string", detail: "string" },
} as const satisfies { readonly [Type in ServerFrame["type"]]: Readonly<Record<string, Kind>> };

const kinds: ReadonlyMap<unknown, Readonly<Record<string, Kind>>> = new Map(Object.entries(members));
/** Of `invitation` and `state`. */
const party: Readonly<Record<string, Kind>> = { number: "string", name: "string" };

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value;
};

const isRecord = (value: unknown): value is Record<string, unknown> => kindOf(value) === "object";

const holds = (value: unknown, wanted: Readonly<Record<string, Kind>>): boolean =>
  isRecord(value) && Object.entries(wanted).every(([name, kind]) => kindOf(value[name]) === kind);

function isFrame(value: unknown): value is ServerFrame {
  if (!isRecord(value)) return false;
  const wanted = kinds.get(value["type"]);
  if (wanted === undefined || !holds(value, wanted)) return false;
  if (value["type"] === "state" && value["party"] !== undefined) return holds(value["party"], party);
  return value["type"] !== "invitation" || holds(value["from"], party);
}

/** A frame from Patchcord; undefined for anything else, which a later version may send. */
export function parseFrame(data: unknown): ServerFrame | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return isFrame(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
