import { Failure } from "../../base/index.ts";
import type { Endpoint, OriginateRequest } from "./control.ts";
import type { Party } from "./model.ts";
import { checkPrintable, checkVariables } from "./variables.ts";
import { checkDigits } from "./verbs.ts";

/** One side of a call to be made: a number as a phone would dial it, or an application. */
export type DialSide =
  | string
  | { readonly app: "echo" | "park" }
  | { readonly app: "conference"; readonly room: string };

/** `POST /calls`. */
export interface DialRequest {
  readonly from: DialSide;
  readonly to: DialSide;
  readonly callerIdName?: string;
  readonly callerIdNumber?: string;
  /** How long each side may ring; 30 if not given. */
  readonly timeoutSeconds?: number;
  readonly autoAnswer?: boolean;
  readonly dtmfAfterAnswer?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly node?: string;
}

const defaultTimeoutSeconds = 30;
const longestTimeoutSeconds = 600;
const longestName = 100;
const callerNumber = /^\+?[0-9*#]{1,32}$/;
const roomName = /^[A-Za-z0-9_-]{1,64}$/;

/** Asks where a number leads; rejects with `invalid-number` or `extension-not-found`. */
export type Resolve = (destination: string) => Promise<Endpoint>;

/**
 * What is asked of the switch for a dial request.
 * @throws Failure invalid-request, invalid-number, unsafe-text, reserved-variable, extension-not-found
 */
export async function originateRequest(
  call: string,
  request: DialRequest,
  resolve: Resolve,
): Promise<OriginateRequest> {
  const {
    callerIdName,
    callerIdNumber,
    dtmfAfterAnswer,
    timeoutSeconds = defaultTimeoutSeconds,
    variables = {},
  } = request;
  if (callerIdName !== undefined) {
    checkPrintable(callerIdName, "callerIdName");
    if (callerIdName.length > longestName) {
      throw new Failure(
        "invalid-request",
        `callerIdName is longer than ${longestName} characters; shorten it`,
      );
    }
  }
  if (callerIdNumber !== undefined && !callerNumber.test(callerIdNumber)) {
    throw new Failure(
      "invalid-number",
      "callerIdNumber is 1 to 32 digits, * or #, with a + before them if need be",
    );
  }
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 1 || timeoutSeconds > longestTimeoutSeconds) {
    throw new Failure(
      "invalid-request",
      `timeoutSeconds is a whole number from 1 to ${longestTimeoutSeconds}`,
    );
  }
  if (dtmfAfterAnswer !== undefined) checkDigits(dtmfAfterAnswer);
  checkVariables(variables);
  const sides = [await sideOf(request.from, resolve), await sideOf(request.to, resolve)] as const;
  // An application answers nobody: the phone is called first, whichever side it was named on.
  const [from, to] = sides[0].kind === "app" ? [sides[1], sides[0]] : sides;
  if (from.kind === "app") {
    throw new Failure("invalid-request", "from and to are both applications; one of them must be a number");
  }
  return {
    call,
    from,
    to,
    callerIdName: callerIdName ?? null,
    callerIdNumber: callerIdNumber ?? null,
    timeoutSeconds,
    autoAnswer: request.autoAnswer ?? false,
    dtmfAfterAnswer: dtmfAfterAnswer ?? null,
    variables,
  };
}

async function sideOf(side: DialSide, resolve: Resolve): Promise<Endpoint> {
  if (typeof side === "string") return resolve(side);
  if (side.app !== "conference") return { kind: "app", app: side.app };
  if (!roomName.test(side.room)) {
    throw new Failure("invalid-request", "room is 1 to 64 letters, digits, _ or -");
  }
  return { kind: "app", app: "conference", room: side.room };
}

/** The number that a phone would dial to reach an endpoint; null for an application, which has none. */
export function numberOf(endpoint: Endpoint): string | null {
  if (endpoint.kind === "extension") return endpoint.number;
  return endpoint.kind === "webUser" ? `0${endpoint.number}` : null;
}

/** How an endpoint is shown before its leg exists. */
export function partyOf(endpoint: Endpoint): Party {
  const number = numberOf(endpoint);
  if (number !== null) return { number, name: "" };
  if (endpoint.kind === "app" && endpoint.app === "conference")
    return { number: endpoint.room, name: "conference" };
  return { number: "", name: endpoint.kind === "app" ? endpoint.app : "" };
}
