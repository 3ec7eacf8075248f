import { reasonOf } from "../base/index.ts";
import { accepted, commands, type ApiCommand } from "../protocol/esl/index.ts";
import { bindingConfiguration, bindingOf } from "./binding.ts";
import type { SwitchContext } from "./ports.ts";
import { repair } from "./repair.ts";
import { explainBinding, type Binding } from "./words.ts";

/** Milliseconds between two looks at whether the switch asks us. */
const interval = { open: 3000, settled: 30_000 };

interface Owned {
  readonly node: string;
  /** `HOST:PORT`, for words. */
  readonly at: string;
  readonly ask: (command: ApiCommand, deadline?: number) => Promise<string>;
  /** Phones may be there that were not before. */
  readonly phonesCame: () => Promise<unknown>;
  /** Ends what an earlier process of ours left on it. */
  readonly endStrays: () => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Whether a switch asks this very process for its configuration, and what it needs when it does. Its node counts as
 * bound once that is done.
 *
 * unknown ─► not ours ◄─► ours ─► taken over
 */
export class Ownership {
  readonly #owned: Owned;
  readonly #context: SwitchContext;
  #binding: Binding | undefined;
  #taken = false;

  constructor(owned: Owned, context: SwitchContext) {
    this.#owned = owned;
    this.#context = context;
  }

  /** Whether it may be changed. */
  get ours(): boolean {
    return this.#binding === "ours";
  }

  /** Asks for the configuration that only we serve. A switch that does not answer stays what it was. */
  async check(): Promise<boolean> {
    const { node, at, ask, signal } = this.#owned;
    const { instance, log } = this.#context;
    let reply: string;
    try {
      reply = await ask(commands.xmlLocateConfiguration(bindingConfiguration));
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ node, err: error }, "the switch did not say whose configuration it asks for");
      if (this.#binding === undefined) {
        this.#tell(
          null,
          `Whose configuration the switch at ${at} asks for is not known (${reasonOf(error)}).`,
        );
      }
      return false;
    }
    const binding = bindingOf(reply, instance);
    if (binding !== this.#binding) {
      const left = explainBinding(binding, at);
      if (left === null) log.info({ node }, `the switch at ${at} asks this Patchcord for its configuration`);
      else log.warn({ node, binding }, left);
    }
    this.#binding = binding;
    if (binding !== "ours") this.#taken = false;
    const repairing = `The switch at ${at} asks this Patchcord; what failed to start without it is being repaired.`;
    if (binding !== "ours") this.#tell(false, explainBinding(binding, at));
    else if (this.#taken) this.#tell(true, null);
    else this.#tell(null, repairing);
    return this.ours;
  }

  /** Looks again and again, and takes the switch over when it turns out to be ours; ends by the signal's rejection. */
  async watch(): Promise<void> {
    for (;;) {
      if (this.ours && !this.#taken) await this.#takeOver();
      const open = !this.#taken;
      await this.#context.clock.sleep(open ? interval.open : interval.settled, this.#owned.signal);
      await this.check();
    }
  }

  /** Nothing stale stays in its cache, and what failed without us is repaired. */
  async #takeOver(): Promise<void> {
    const { node, at, ask, phonesCame, endStrays, signal } = this.#owned;
    const { profile, modules, clock, log } = this.#context;
    const isBound = async (): Promise<boolean> => this.check();
    try {
      await endStrays();
      accepted(await ask(commands.flushAll()));
      const started = await repair({ node, profile, modules, ask, isBound, clock, log }, signal);
      if (started) await phonesCame();
      if (!this.ours) return;
      this.#taken = true;
      this.#tell(true, null);
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ node, err: error }, "the switch was not repaired; it is tried again");
      this.#tell(null, `The switch at ${at} could not be repaired (${reasonOf(error)}); it is tried again.`);
    }
  }

  #tell(bound: boolean | null, lastError: string | null): void {
    this.#context.nodes.update(this.#owned.node, { bound, lastError }, this.#context.clock.now());
  }
}
