import type { Clock, Ids, Logger } from "../base/index.ts";
import type { References } from "../core/calls/index.ts";
import type { WebUsers } from "../core/invitations/index.ts";
import type { Traces } from "../core/traces/index.ts";
import type { LocalCalls } from "./local-calls.ts";
import type { Media } from "./media/index.ts";
import type { Sessions } from "./sessions.ts";
import type { GatewaySettings } from "./settings.ts";

/** What calls are made of, whichever way they go. */
export interface GatewayParts {
  readonly settings: GatewaySettings;
  readonly sessions: Sessions;
  readonly media: Media;
  readonly webUsers: WebUsers;
  readonly references: Pick<References, "issue" | "redeem" | "answered" | "retire">;
  readonly traces: Pick<Traces, "open">;
  readonly localCalls: LocalCalls;
  readonly clock: Clock;
  readonly ids: Pick<Ids, "sortable">;
  readonly log: Logger;
}
