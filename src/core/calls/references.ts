import type { Clock, Ids } from "../../base/index.ts";
import type { Party } from "./model.ts";

/** The SIP header that carries a reference between our user agent and the switch. */
export const referenceHeader = "X-Patchcord-Ref";

/**
 * The channel variable that keeps it on a web user's channel once the dialplan has taken the header's, which would
 * travel on to whoever is called. No header of a phone can set it.
 */
export const referenceVariable = "patchcord_ref";

/** What a reference stands for: a SIP call between the switch and our user agent. */
export type Referred =
  /** The switch calls a web user. */
  | {
      readonly kind: "to-web-user";
      /** The web user's number, without the 0. */
      readonly user: string;
      /** The caller's leg; null for a call that we asked the switch to make. */
      readonly uuid: string | null;
      /** What was dialled. */
      readonly number: string;
      /** Of the device that answered; known once it has. */
      readonly displayName?: string;
      /** What an app wants shown of the web user instead, where it dials on (`POST /calls`). */
      readonly callerId?: { readonly name: string | null; readonly number: string | null };
    }
  /** A web user calls through the switch. */
  | {
      readonly kind: "from-web-user";
      readonly user: string;
      readonly displayName: string;
      /** The invitation's id. */
      readonly invitation: string;
    };

/** A channel of a switch that bears a reference. */
export interface Bearer {
  readonly uuid: string;
  /** Seen from the switch. */
  readonly direction: "inbound" | "outbound";
}

interface Issued {
  referred: Referred;
  /** Milliseconds since the epoch; null: as long as the call goes on. */
  expiresAt: number | null;
  redeemed: boolean;
  /** The inbound channel that showed it first. */
  bearer: string | null;
}

/**
 * For the switch to act on what we answered, which takes milliseconds, an announcement before the bridge longer; and
 * for its last events of a call that is over.
 */
const validFor = 60_000;
/** Of those that wait, and of those in use: beyond it the oldest go. */
const capacity = 50_000;

/** As others see and dial a web user. */
export const webParty = (referred: Referred): Party => ({
  number: `0${referred.user}`,
  name: referred.displayName ?? "",
});

/**
 * The references (`X-Patchcord-Ref`) that tie a SIP call to the switch's events: nonces that only we can have issued.
 * Whoever shows one is the switch, or was told by it.
 *
 * ```
 *  to-web-user    issue ──► waits 60 s ──redeem──► in use ──retire──► 60 s more ──► gone
 *  from-web-user  issue ──► in use ──retire──► 60 s more ──► gone
 * ```
 */
export class References {
  /** In the order in which they expire, which is that of insertion: all wait equally long. */
  readonly #waiting = new Map<string, Issued>();
  readonly #inUse = new Map<string, Issued>();
  readonly #ids: Pick<Ids, "secret">;
  readonly #clock: Pick<Clock, "now">;
  readonly #capacity: number;

  constructor(o: {
    readonly ids: Pick<Ids, "secret">;
    readonly clock: Pick<Clock, "now">;
    /** 50,000 if not given. */
    readonly capacity?: number;
  }) {
    this.#ids = o.ids;
    this.#clock = o.clock;
    this.#capacity = o.capacity ?? capacity;
  }

  /** 22 characters of base64url: 128 bits. What a web user calls by is in use at once; see `retire`. */
  issue(referred: Referred): string {
    const reference = this.#ids.secret(16);
    const issued: Issued = { referred, expiresAt: null, redeemed: false, bearer: null };
    if (referred.kind === "from-web-user") this.#use(reference, issued);
    else this.#wait(reference, issued);
    return reference;
  }

  /** What it stands for, if we issued it and it still holds; it may be asked any number of times. */
  peek(reference: string): Referred | null {
    return this.#find(reference)?.referred ?? null;
  }

  /**
   * As `peek`, the first time; null ever after. For our user agent, which is called by it; from then on it holds until
   * it is retired.
   */
  redeem(reference: string): Referred | null {
    const issued = this.#find(reference);
    if (!issued || issued.redeemed) return null;
    issued.redeemed = true;
    this.#waiting.delete(reference);
    this.#use(reference, issued);
    return issued.referred;
  }

  /**
   * As `peek`, for a channel that may bear it: a web user's call is the one inbound channel that showed the reference
   * first, a call to a web user is an outbound one (or several: the account may be registered twice).
   */
  claim(reference: string, { uuid, direction }: Bearer): Referred | null {
    const issued = this.#find(reference);
    if (!issued) return null;
    const { referred } = issued;
    if (direction === "outbound") return referred.kind === "to-web-user" ? referred : null;
    if (referred.kind !== "from-web-user") return null;
    issued.bearer ??= uuid;
    return issued.bearer === uuid ? referred : null;
  }

  /** A device took the call: whom it is to be shown as. */
  answered(reference: string, displayName: string): void {
    const issued = this.#find(reference);
    if (issued?.referred.kind === "to-web-user") issued.referred = { ...issued.referred, displayName };
  }

  /** The call is over: the reference holds for a minute more, for what is still under way. Idempotent. */
  retire(reference: string): void {
    const issued = this.#inUse.get(reference);
    if (!issued) return;
    this.#inUse.delete(reference);
    this.#wait(reference, issued);
  }

  counts(): { readonly waiting: number; readonly inUse: number } {
    this.#sweep();
    return { waiting: this.#waiting.size, inUse: this.#inUse.size };
  }

  #find(reference: string): Issued | undefined {
    this.#sweep();
    return this.#inUse.get(reference) ?? this.#waiting.get(reference);
  }

  #use(reference: string, issued: Issued): void {
    issued.expiresAt = null;
    this.#inUse.set(reference, issued);
    this.#sweep();
  }

  #wait(reference: string, issued: Issued): void {
    issued.expiresAt = this.#clock.now() + validFor;
    this.#waiting.set(reference, issued);
    this.#sweep();
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const [reference, { expiresAt }] of this.#waiting) {
      if ((expiresAt ?? now) > now && this.#waiting.size <= this.#capacity) break;
      this.#waiting.delete(reference);
    }
    for (const reference of this.#inUse.keys()) {
      if (this.#inUse.size <= this.#capacity) break;
      this.#inUse.delete(reference);
    }
  }
}
