import { silentLogger, systemIds, type DomainEvent, type Logger } from "../../../src/base/index.ts";
import { Calls, References } from "../../../src/core/calls/index.ts";
import { Nodes } from "../../../src/core/nodes/index.ts";
import { Registrations } from "../../../src/core/registrations/index.ts";
import { Switches } from "../../../src/switch/index.ts";
import { FakeEventSocket, type Script } from "../../fakes/event-socket.ts";
import { ManualClock } from "../../fakes/manual-clock.ts";
import { SwitchState } from "../../fakes/switch-state.ts";

/** Patchcord's side of one switch, over real sockets, by a clock that only the test moves. */
export class Rig {
  readonly clock = new ManualClock();
  readonly events: DomainEvent[] = [];
  /** What was logged as a warning. */
  readonly warnings: string[] = [];
  readonly nodes: Nodes;
  readonly registrations: Registrations;
  readonly calls: Calls;
  readonly references: References;
  readonly switches: Switches;
  readonly node: string;
  readonly state: SwitchState;
  readonly fake: FakeEventSocket;
  readonly #waiting: { match: (event: DomainEvent) => boolean; found: (event: DomainEvent) => void }[] = [];

  private constructor(fake: FakeEventSocket, state: SwitchState, password: string) {
    this.fake = fake;
    this.state = state;
    this.node = `127.0.0.1:${fake.port}`;
    const publish = (event: DomainEvent): void => {
      this.events.push(event);
      for (const one of this.#waiting.filter(({ match }) => match(event))) one.found(event);
    };
    this.nodes = new Nodes(publish);
    this.registrations = new Registrations(publish);
    this.calls = new Calls({ publish });
    const log: Logger = Object.assign(Object.create(silentLogger) as Logger, {
      warn: (_about: unknown, text: string) => this.warnings.push(text),
      child: () => log,
    });
    this.references = new References({ ids: systemIds, clock: this.clock });
    this.switches = new Switches({
      addresses: [{ host: "127.0.0.1", port: fake.port, password }],
      instance: "nonce",
      domain: "d.test",
      proxyAccount: "1000",
      references: this.references,
      profile: "internal",
      modules: ["mod_sofia", "mod_conference"],
      calls: this.calls,
      nodes: this.nodes,
      registrations: this.registrations,
      raw: publish,
      clock: this.clock,
      ids: systemIds,
      log,
      random: () => 1,
    });
  }

  static async start(
    script: Omit<Script, "answer"> = {},
    password = "secret",
    prepare?: (state: SwitchState) => void,
  ) {
    const state = new SwitchState();
    state.modules.add("mod_conference");
    prepare?.(state);
    const fake = await FakeEventSocket.listen({ ...script, answer: state.answer });
    const rig = new Rig(fake, state, password);
    rig.switches.start();
    return rig;
  }

  /** Starts and waits until the switch is up, and repaired if it is ours. */
  static async up(prepare?: (state: SwitchState) => void): Promise<Rig> {
    const rig = await Rig.start({}, "secret", prepare);
    await rig.event("node.up");
    if (rig.state.instance === "nonce") await rig.bound();
    return rig;
  }

  /** Resolves once the switch is ours and repaired. */
  async bound(): Promise<void> {
    while (this.nodes.get(this.node).bound !== true) await new Promise((resolve) => setImmediate(resolve));
  }

  /** The first event, past or to come, from index `since` on. */
  event(type: string, since = 0, match: (event: DomainEvent) => boolean = () => true): Promise<DomainEvent> {
    const fits = (event: DomainEvent): boolean => event.type === type && match(event);
    const past = this.events.slice(since).find((event) => fits(event));
    if (past) return Promise.resolve(past);
    return new Promise((found) => this.#waiting.push({ match: fits, found }));
  }

  /** Types of what was told since, the raw events apart. */
  types(since = 0): string[] {
    return this.events
      .slice(since)
      .map(({ type }) => type)
      .filter((type) => !type.startsWith("switch."));
  }

  /** Resolves once the timer that is due after so long has been set, then lets that time pass. */
  async pass(milliseconds: number): Promise<void> {
    while (!this.clock.pending.includes(milliseconds)) await new Promise((resolve) => setImmediate(resolve));
    this.clock.advance(milliseconds);
  }

  /** Every command that the switch got, without `auth`. */
  async sent(peer = 1): Promise<string[]> {
    return (await this.fake.peer(peer)).commands
      .map(({ line }) => line)
      .filter((line) => !line.startsWith("auth"));
  }

  async close(): Promise<void> {
    await this.switches.close();
    await this.fake.close();
  }
}
