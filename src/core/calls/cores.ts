/** How many restarts of a switch are remembered, to tell its past from its future. */
const remembered = 16;

interface Node {
  core: string;
  /** Time of the latest event of the current core. */
  time: number;
  readonly retired: Set<string>;
  /** Highest Event-Sequence of the current core. */
  latest: number;
}

/** Which process of each switch is the current one. A switch that restarts gets another Core-UUID. */
export class Cores {
  readonly #nodes = new Map<string, Node>();

  /** What an event's core is: `new` is not current yet, and later than what was. Takes the first core it sees. */
  see(node: string, core: string, time: number): "current" | "retired" | "new" {
    const known = this.#nodes.get(node);
    if (!known) {
      this.#nodes.set(node, { core, time, retired: new Set(), latest: 0 });
      return "current";
    }
    if (known.core === core) {
      known.time = Math.max(known.time, time);
      return "current";
    }
    if (known.retired.has(core)) return "retired";
    if (time >= known.time) return "new";
    this.#retire(known, core);
    return "retired";
  }

  change(node: string, core: string): void {
    const known = this.#nodes.get(node);
    if (known?.core === core) return;
    const retired = known?.retired ?? new Set<string>();
    retired.delete(core);
    this.#nodes.set(node, { core, time: 0, retired, latest: 0 });
    if (known) this.#retire(known, known.core);
  }

  isCurrent(node: string, core: string): boolean {
    return this.#nodes.get(node)?.core === core;
  }

  #retire(node: Node, core: string): void {
    node.retired.add(core);
    for (const oldest of node.retired) {
      if (node.retired.size <= remembered) break;
      node.retired.delete(oldest);
    }
  }

  reached(node: string, core: string, sequence: number): void {
    const known = this.#nodes.get(node);
    if (known?.core === core) known.latest = Math.max(known.latest, sequence);
  }

  /** Highest Event-Sequence seen of the current core, 0 if it is another one. */
  latest(node: string, core: string): number {
    const known = this.#nodes.get(node);
    return known?.core === core ? known.latest : 0;
  }
}
