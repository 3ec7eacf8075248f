export type NodeState = "up" | "connecting" | "down" | "draining";

/** A switch, as `GET /nodes` shows it. */
export interface NodeStatus {
  /** `HOST:PORT` of its event socket. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly state: NodeState;
  readonly coreUuid: string | null;
  /** FreeSWITCH-Version. */
  readonly version: string | null;
  readonly sessions: number;
  readonly sessionsPeak: number;
  readonly sessionsPerSecond: number;
  readonly eventLagMs: number;
  /** Whether its mod_xml_curl asks this very Patchcord; null until it was checked. */
  readonly bound: boolean | null;
  /** In words, with what to do next; null while all is well. */
  readonly lastError: string | null;
}
