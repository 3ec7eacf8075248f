import type { Logger } from "../base/index.ts";
import { accepted, commands, type CloseReason } from "../protocol/esl/index.ts";
import { backoff } from "./backoff.ts";
import type { SwitchAddress, SwitchContext } from "./ports.ts";
import { Session } from "./session.ts";
import { explainClose } from "./words.ts";

/** Above this many users everybody's cache is flushed by one command. */
const flushEach = 50;
/** A look-up that was under way may still put the old answer into the cache: longer than xml_curl's timeout. */
const flushAgain = 6000;
/** A switch that is away for so long is not believed to have its calls still. */
const callsKept = 600_000;

/** Keeps one switch connected. */
export class Link {
  readonly node: string;
  readonly #address: SwitchAddress;
  readonly #context: SwitchContext;
  readonly #random: () => number;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  #session: Session | undefined;
  #running: Promise<void> | undefined;
  /** When it was seen last, or first tried. */
  #lastSeen = 0;

  constructor(address: SwitchAddress, context: SwitchContext, random: () => number) {
    this.node = `${address.host}:${address.port}`;
    this.#address = address;
    this.#context = context;
    this.#random = random;
    this.#log = context.log.child({ node: this.node });
  }

  /** Undefined while the switch is not connected and taken in. */
  get session(): Session | undefined {
    return this.#session?.up === true ? this.#session : undefined;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#stop.abort(new Error("Patchcord is stopping"));
    await this.#running;
  }

  /** Forgets what the switch has cached of these users. A switch that is away is flushed when it comes back. */
  flush(domain: string, numbers: readonly string[]): void {
    this.#flush(domain, numbers);
    this.#context.clock.after(flushAgain, () => this.#flush(domain, numbers));
  }

  #flush(domain: string, numbers: readonly string[]): void {
    const { session } = this;
    if (session?.ours !== true) return;
    const orders =
      numbers.length > flushEach
        ? [commands.flushAll()]
        : numbers.map((one) => commands.flushUser(one, domain));
    Promise.all(orders.map(async (order) => accepted(await session.run(order)))).catch((error: unknown) => {
      this.#log.warn(
        { err: error },
        "the switch's directory cache was not flushed: it may answer from it until directoryCacheSeconds are over, or it is reconnected",
      );
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { nodes, clock } = this.#context;
    this.#lastSeen = clock.now();
    for (let failures = 0; !signal.aborted;) {
      nodes.update(this.node, { state: "connecting" }, clock.now());
      const session = new Session(this.node, this.#address, this.#context);
      this.#session = session;
      const ended = await session.live(signal);
      this.#session = undefined;
      if (signal.aborted) break;
      failures = ended.wasUp ? 0 : failures + 1;
      this.#tell(ended, failures);
      await clock.sleep(backoff(failures, this.#random()), signal).catch(() => undefined);
    }
    const lastError = "Patchcord is stopping.";
    nodes.update(this.node, { state: "down", bound: null, lastError }, clock.now());
  }

  #tell(reason: CloseReason, failures: number): void {
    const { nodes, registrations, calls, clock } = this.#context;
    const lastError = explainClose(reason, this.node);
    // A reason that stays is told once, not at every attempt.
    if (lastError !== nodes.get(this.node).lastError) this.#log.warn({ reason: reason.kind }, lastError);
    nodes.update(this.node, { state: "down", bound: null, lastError }, clock.now());
    if (failures === 0) this.#lastSeen = clock.now();
    if (failures > 1) registrations.dropNode(this.node, clock.now());
    if (clock.now() - this.#lastSeen >= callsKept) calls.giveUpNode(this.node, clock.now());
  }
}
