import type { Clock, Ids } from "../../base/index.ts";

/** What a reference stands for: a SIP call between the switch and our user agent. */
export type Referred =
  /** The switch bridges a caller to a web user. */
  | {
      readonly kind: "to-web-user";
      /** The web user's number, without the 0. */
      readonly user: string;
      /** The caller's leg; null for a call that we asked the switch to make. */
      readonly uuid: string | null;
      /** What was dialled. */
      readonly number: string;
    }
  /** A web user calls through the switch. */
  | {
      readonly kind: "from-web-user";
      readonly user: string;
      readonly displayName: string;
      /** The invitation's id. */
      readonly invitation: string;
    };

interface Issued {
  readonly referred: Referred;
  readonly expiresAt: number;
  redeemed: boolean;
}

/** For the switch to act on what we answered; it takes milliseconds, an announcement before the bridge longer. */
const validFor = 60_000;
/** Of references nobody redeemed: the oldest go first. */
const capacity = 50_000;

/**
 * The references (`X-Patchcord-Ref`) that tie a SIP call to the switch's events: nonces that only we can have issued.
 * Whoever redeems one is the switch, or was told by it; each can be redeemed once.
 */
export class References {
  readonly #issued = new Map<string, Issued>();
  readonly #ids: Pick<Ids, "secret">;
  readonly #clock: Pick<Clock, "now">;

  constructor({ ids, clock }: { readonly ids: Pick<Ids, "secret">; readonly clock: Pick<Clock, "now"> }) {
    this.#ids = ids;
    this.#clock = clock;
  }

  issue(referred: Referred): string {
    this.#sweep();
    const reference = this.#ids.secret(16);
    this.#issued.set(reference, {
      referred,
      expiresAt: this.#clock.now() + validFor,
      redeemed: false,
    });
    return reference;
  }

  /** What it stands for, if we issued it and it still holds; it may be asked any number of times. */
  peek(reference: string): Referred | null {
    const issued = this.#issued.get(reference);
    return issued && issued.expiresAt > this.#clock.now() ? issued.referred : null;
  }

  /** As `peek`, the first time; null ever after. */
  redeem(reference: string): Referred | null {
    const referred = this.peek(reference);
    const issued = this.#issued.get(reference);
    if (!issued || referred === null || issued.redeemed) return null;
    issued.redeemed = true;
    return referred;
  }

  /** Insertion is in order of expiry. */
  #sweep(): void {
    const now = this.#clock.now();
    for (const [reference, { expiresAt }] of this.#issued) {
      if (expiresAt > now && this.#issued.size < capacity) break;
      this.#issued.delete(reference);
    }
  }
}
