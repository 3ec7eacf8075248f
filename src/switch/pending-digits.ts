import type { EventHeaders } from "../protocol/esl/index.ts";

/**
 * Digits for the second side of calls that we made. The switch has no variable that plays them once and only there:
 * `execute_on_answer` is exported to no leg without being run by the first, `bridge_pre_execute_*` runs again at every
 * later bridge (switch_ivr_bridge.c). So they are sent when the two sides are first bridged.
 */
export class PendingDigits {
  readonly #digits = new Map<string, string>();
  readonly #isLive: (call: string) => boolean;

  constructor(isLive: (call: string) => boolean) {
    this.#isLive = isLive;
  }

  /** `call` is what the legs carry as `patchcord_call`. */
  add(call: string, digits: string): void {
    // Of a call whose end was never told, nothing comes that could be asked about.
    for (const known of this.#digits.keys()) this.#dropEnded(known);
    this.#digits.set(call, digits);
  }

  drop(call: string): void {
    this.#digits.delete(call);
  }

  #dropEnded(call: string): void {
    if (!this.#isLive(call)) this.drop(call);
  }

  /** What this event asks for: digits, to be sent to a channel. The ledger has taken it in already. */
  due(event: EventHeaders): { readonly uuid: string; readonly digits: string } | undefined {
    if (this.#digits.size === 0) return undefined;
    const name = event["Event-Name"];
    if (name !== "CHANNEL_BRIDGE" && name !== "CHANNEL_HANGUP_COMPLETE") return undefined;
    const call = event["variable_patchcord_call"] ?? "";
    if (name === "CHANNEL_HANGUP_COMPLETE") {
      // Of several phones that ring, those that lose hang up (LOSE_RACE) before the winner is bridged.
      this.#dropEnded(call);
      return undefined;
    }
    const digits = this.#digits.get(call);
    this.drop(call);
    const uuid = event["Bridge-B-Unique-ID"];
    return digits !== undefined && uuid !== undefined ? { uuid, digits } : undefined;
  }
}
