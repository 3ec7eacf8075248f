import type { EventHeaders } from "../protocol/esl/index.ts";

/**
 * Digits for the second side of calls that we made. The switch has no variable that plays them once and only there:
 * `execute_on_answer` is exported to no leg without being run by the first, `bridge_pre_execute_*` runs again at every
 * later bridge (switch_ivr_bridge.c). So they are sent when the two sides are first bridged.
 */
export class PendingDigits {
  readonly #digits = new Map<string, string>();

  /** `call` is what the legs carry as `patchcord_call`. */
  add(call: string, digits: string): void {
    this.#digits.set(call, digits);
  }

  drop(call: string): void {
    this.#digits.delete(call);
  }

  /** What this event asks for: digits, to be sent to a channel. */
  due(event: EventHeaders): { readonly uuid: string; readonly digits: string } | undefined {
    if (this.#digits.size === 0) return undefined;
    const name = event["Event-Name"];
    if (name !== "CHANNEL_BRIDGE" && name !== "CHANNEL_HANGUP_COMPLETE") return undefined;
    const call = event["variable_patchcord_call"] ?? "";
    const digits = this.#digits.get(call);
    this.#digits.delete(call);
    const uuid = event["Bridge-B-Unique-ID"];
    return name === "CHANNEL_BRIDGE" && digits !== undefined && uuid !== undefined
      ? { uuid, digits }
      : undefined;
  }
}
