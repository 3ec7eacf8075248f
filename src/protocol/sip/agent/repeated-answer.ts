import type { Clock } from "../../../base/index.ts";
import type { SipResponse } from "../model.ts";
import { lifetime, t1, t2 } from "../transaction/machine.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import { Timers } from "../transaction/timers.ts";

/** The 2xx of an INVITE, sent again from T1 to T2 until its ACK, over TCP too (RFC 3261 13.3.1.4). */
export class RepeatedAnswer {
  readonly #timers: Timers;
  readonly #transaction: ServerTransaction;
  readonly #response: SipResponse;

  constructor(
    clock: Pick<Clock, "after">,
    transaction: ServerTransaction,
    response: SipResponse,
    unacknowledged: () => void,
  ) {
    this.#timers = new Timers(clock);
    this.#transaction = transaction;
    this.#response = response;
    transaction.respond(response);
    this.#repeat(t1);
    this.#timers.start("H", lifetime, () => {
      this.stop();
      unacknowledged();
    });
  }

  /** The ACK came, or there is nobody to send one. */
  stop(): void {
    this.#timers.clear();
  }

  #repeat(interval: number): void {
    this.#timers.start("2xx", interval, () => {
      this.#transaction.respond(this.#response);
      this.#repeat(Math.min(interval * 2, t2));
    });
  }
}
