import { Failure, type Publish } from "../../base/index.ts";
import type { NodeStatus } from "./model.ts";

/** What was found when a switch was asked for everything it has. */
export interface ResyncReport {
  /** Channels that really exist. */
  readonly channels: number;
  readonly registrations: number;
  /** Duration of the resync. */
  readonly milliseconds: number;
  /** Why it was done. */
  readonly reason: "connected" | "core-changed" | "drifted";
}

/** The switches and how they are. Publishes node.up, .down, .resynced and .lagging. */
export class Nodes {
  readonly #nodes = new Map<string, NodeStatus>();
  readonly #publish: Publish;

  constructor(publish: Publish) {
    this.#publish = publish;
  }

  /** Makes a switch known: connecting, nothing checked yet. */
  add(id: string, host: string, port: number): void {
    this.#nodes.set(id, {
      id,
      host,
      port,
      state: "connecting",
      coreUuid: null,
      version: null,
      sessions: 0,
      sessionsPeak: 0,
      sessionsPerSecond: 0,
      eventLagMs: 0,
      bound: null,
      lastError: null,
    });
  }

  /**
   * Publishes `node.up` when it comes up, `node.down` (with lastError as its reason) when it ceases to be up. Throws
   * `node-not-found`.
   */
  update(id: string, patch: Partial<Omit<NodeStatus, "id" | "host" | "port">>, time: number): void {
    const before = this.get(id);
    const after = { ...before, ...patch };
    this.#nodes.set(id, after);
    const was = before.state === "up";
    const is = after.state === "up";
    if (is && !was) this.#tell("node.up", id, { coreUuid: after.coreUuid, version: after.version }, time);
    if (was && !is) this.#tell("node.down", id, { reason: after.lastError }, time);
  }

  resynced(id: string, report: ResyncReport, time: number): void {
    this.#tell("node.resynced", id, { ...report }, time);
  }

  /** Its events come `lagMs` late. */
  lagging(id: string, lagMs: number, time: number): void {
    this.update(id, { eventLagMs: lagMs }, time);
    this.#tell("node.lagging", id, { eventLagMs: lagMs }, time);
  }

  /** Throws `node-not-found`. */
  get(id: string): NodeStatus {
    const node = this.#nodes.get(id);
    if (node) return node;
    throw new Failure("node-not-found", `There is no switch ${id}; GET /api/v1/nodes lists them.`);
  }

  list(): NodeStatus[] {
    return [...this.#nodes.values()];
  }

  /**
   * A switch that may be given work: the preferred one, else the one with the fewest sessions. Throws
   * `switch-unavailable`, `switch-not-bound` or `node-not-found`.
   */
  pick(preferred?: string): NodeStatus {
    const candidates = preferred === undefined ? this.list() : [this.get(preferred)];
    const up = candidates.filter(({ state }) => state === "up");
    const bound = up.filter((node) => node.bound === true);
    const best = bound.toSorted((a, b) => a.sessions - b.sessions)[0];
    if (best) return best;
    const [first] = up.length > 0 ? up : candidates;
    throw new Failure(up.length > 0 ? "switch-not-bound" : "switch-unavailable", whyNot(first));
  }

  #tell(type: string, node: string, data: Record<string, unknown>, time: number): void {
    this.#publish({ type, time, node, data });
  }
}

function whyNot(node: NodeStatus | undefined): string {
  if (!node) return "No switch is configured: set PATCHCORD_SWITCHES.";
  if (node.lastError !== null) return node.lastError;
  return node.state === "up"
    ? `Whether the switch ${node.id} asks this Patchcord is not known yet; try again.`
    : `The switch ${node.id} is being connected to; try again.`;
}
