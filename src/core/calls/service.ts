import { type Clock, Failure, type Ids, type Logger, type Publish, reasonOf } from "../../base/index.ts";
import type { Calls } from "./calls.ts";
import type { CallControl, ChannelCommand, OriginateRequest } from "./control.ts";
import { type DialRequest, numberOf, originateRequest, partyOf, type Resolve } from "./dial.ts";
import type { Call } from "./model.ts";
import { Operations } from "./operations.ts";
import { type Destination, plan, type Verb } from "./verbs.ts";

export interface CallServiceOptions {
  readonly calls: Calls;
  readonly control: CallControl;
  /** An up and bound switch; throws `switch-unavailable`, `switch-not-bound` or `node-not-found`. */
  readonly pickNode: (preferred?: string) => string;
  readonly publish: Publish;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Logger;
  readonly resolve: Resolve;
}

/** The dialplan context that transferred legs go on in. */
const context = "default";
/** Seconds that a command may take. */
const commandSeconds = 15;
/** Seconds after which no leg of a call that was given up will turn up any more. */
const strayLegSeconds = 60;

/** A call whose first side has not answered yet. */
interface Placement {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/**
 * What apps ask of calls, over the ledger and the control port. A verb answers as soon as the switch is asked; the
 * outcome is the event that carries its operation.
 */
export class CallService {
  readonly #o: CallServiceOptions;
  readonly #operations: Operations;
  readonly #placing = new Map<string, Placement>();
  /** Calls hung up before all their legs were seen: each is hung up when it is. */
  readonly #givenUp = new Set<string>();
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: CallServiceOptions) {
    this.#o = options;
    this.#operations = new Operations(options);
    options.calls.attributeBy((told) => this.#operations.attribute(told));
    options.calls.meetBy(({ uuid, node, call }) => {
      if (this.#givenUp.has(call)) this.#hangUpStray(node, uuid);
    });
  }

  /**
   * Has the switch call `from` and connect it with `to`. The call exists when this resolves; how it fares is told by
   * its events.
   * @throws Failure as `originateRequest`, and switch-unavailable, switch-not-bound, node-not-found, shutting-down
   */
  async dial(request: DialRequest): Promise<{ id: string }> {
    this.#refuseWhenClosing();
    const { calls, clock, ids, pickNode, resolve } = this.#o;
    const id = ids.sortable(clock.now());
    const asked = await originateRequest(id, request, resolve);
    this.#refuseWhenClosing();
    const node = pickNode(request.node);
    const awaitsCallee = asked.to.kind !== "app";
    calls.request({
      id,
      from: partyOf(asked.from),
      to: partyOf(asked.to),
      node,
      time: clock.now(),
      awaitsCallee,
    });
    const abort = new AbortController();
    this.#placing.set(id, { abort, done: this.#place(node, asked, abort) });
    return { id };
  }

  async #place(node: string, asked: OriginateRequest, abort: AbortController): Promise<void> {
    const { calls, clock, control, log } = this.#o;
    const { call } = asked;
    try {
      await abortable(control.originate(node, asked, abort.signal), abort.signal);
      calls.requestAccepted(call, clock.now());
    } catch (error) {
      // The switch goes on without us; whoever starts next meets the call's legs under its id.
      if (this.#closing.signal.aborted) return;
      log.info({ call, node, reason: reasonOf(error) }, "the switch did not make the call");
      calls.requestFailed(call, causeOf(error), clock.now());
    } finally {
      this.#placing.delete(call);
    }
  }

  /**
   * Asks for a verb of a call, named by its id or the uuid of a leg.
   * @throws Failure call-not-found, leg-not-found, verb-not-allowed `{state, allowed}`, invalid-request,
   *   invalid-number, extension-not-found, rate-limited, shutting-down
   */
  async perform(idOrUuid: string, verb: Verb): Promise<{ operation: string; call: string }> {
    this.#refuseWhenClosing();
    const destination = verb.verb === "transfer" ? await this.#destination(verb.to) : undefined;
    const call = this.#get(idOrUuid);
    const other = verb.verb === "bridge" ? this.#o.calls.get(verb.with) : undefined;
    const { commands, outcome } = plan(call, verb, {
      ...(destination === undefined ? {} : { destination }),
      ...(other === undefined ? {} : { other }),
    });
    const operation = this.#o.ids.uuid();
    this.#operations.begin({ id: operation, call: call.id, node: call.node, verb: verb.verb, outcome });
    // Of several phones of the first side one may be seen after the others were hung up.
    if (verb.verb === "hangup" && this.#placing.has(call.id)) this.#refuseLegs(call.id);
    if (commands.length === 0) this.#giveUp(call);
    else this.#track(this.#command(operation, call, commands));
    return { operation, call: call.id };
  }

  #get(idOrUuid: string): Call {
    const found = this.#o.calls.get(idOrUuid);
    // Who holds the id of a call that became part of another means the call that goes on.
    const call = found?.mergedInto ? this.#get(found.mergedInto) : found;
    if (call) return call;
    const shown = JSON.stringify(idOrUuid.slice(0, 80));
    throw new Failure(
      "call-not-found",
      `no call has the id or a leg of the uuid ${shown}; ended calls are forgotten in time`,
    );
  }

  async #destination(to: string): Promise<Destination> {
    const number = numberOf(await this.#o.resolve(to));
    if (number === null) throw new Failure("invalid-number", "a leg is transferred to a number");
    return { number, context };
  }

  /** Sends the commands of an operation; it fails if none of them was taken. */
  async #command(operation: string, call: Call, commands: readonly ChannelCommand[]): Promise<void> {
    const { clock, control, log, publish } = this.#o;
    const late = new AbortController();
    const cancel = clock.after(commandSeconds * 1000, () => {
      late.abort(
        new Failure("not-confirmed", `the switch did not answer the command within ${commandSeconds} s`),
      );
    });
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    const sent = commands.map(async (command) =>
      abortable(control.command(call.node, command, signal), signal),
    );
    const results = await Promise.allSettled(sent);
    cancel();
    const refused = results.filter((result) => result.status === "rejected");
    for (const { reason } of refused)
      log.debug({ call: call.id, operation, reason: reasonOf(reason) }, "command refused");
    if (refused.length === results.length) this.#operations.fail(operation, failureOf(refused[0]?.reason));
    else if (commands[0]?.verb === "dtmf") {
      // The switch tells nothing of digits that it sends: its `+OK` is all there is.
      const { uuid, digits } = commands[0];
      const { id, state, node } = this.#o.calls.get(uuid) ?? call;
      if (this.#operations.finish(operation)) {
        const data = { call: id, state, leg: uuid, digits, by: "api", operation };
        publish({ type: "call.dtmf", time: clock.now(), node, data });
      }
    }
  }

  /** From now on hangs up every leg of a call that is seen for the first time. */
  #refuseLegs(id: string): void {
    if (this.#givenUp.has(id)) return;
    this.#givenUp.add(id);
    this.#o.clock.after(strayLegSeconds * 1000, () => this.#givenUp.delete(id));
  }

  /** Ends a call that has no leg yet. */
  #giveUp({ id, state }: Call): void {
    const { calls, clock } = this.#o;
    const placement = this.#placing.get(id);
    this.#refuseLegs(id);
    const left = new Failure("switch-refused", "the call was hung up", { cause: "ORIGINATOR_CANCEL", state });
    if (placement) placement.abort.abort(left);
    else calls.requestFailed(id, "ORIGINATOR_CANCEL", clock.now());
  }

  #hangUpStray(node: string, uuid: string): void {
    const { control, log } = this.#o;
    const command = { verb: "hangup", uuid, cause: "ORIGINATOR_CANCEL" } as const;
    const refused = (error: unknown): void =>
      log.info({ node, uuid, reason: reasonOf(error) }, "a leg of a call that was given up was not hung up");
    this.#track(control.command(node, command, this.#closing.signal).catch(refused));
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  #refuseWhenClosing(): void {
    if (this.#closing.signal.aborted)
      throw new Failure("shutting-down", "Patchcord stops; ask again once it is back");
  }

  /** Stops waiting for the switch: pending operations fail, calls go on without us. Idempotent. */
  async close(): Promise<void> {
    const reason = new Failure("shutting-down", "Patchcord stops");
    this.#closing.abort(reason);
    for (const { abort } of this.#placing.values()) abort.abort(reason);
    await Promise.all([...this.#running, ...[...this.#placing.values()].map(({ done }) => done)]);
    this.#operations.close();
  }
}

/** Rejects with the signal's reason when it aborts first, whatever the other side of the port does about it. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

const failureOf = (reason: unknown): Failure =>
  reason instanceof Failure ? reason : new Failure("internal", reasonOf(reason));

/** The cause name that a call ends with which the switch did not make. */
function causeOf(error: unknown): string {
  if (!(error instanceof Failure)) return "NORMAL_TEMPORARY_FAILURE";
  const { cause } = error.extra;
  if (typeof cause === "string") return cause;
  if (error.code === "not-confirmed") return "RECOVERY_ON_TIMER_EXPIRE";
  return error.code === "switch-unavailable" ? "NETWORK_OUT_OF_ORDER" : "NORMAL_TEMPORARY_FAILURE";
}
