import type { DomainEvent } from "../../base/index.ts";

/** A domain event as `GET /events` sends it. */
export interface LoggedEvent extends DomainEvent {
  /** `EPOCH-SEQUENCE`: a new epoch per start and node. */
  readonly id: string;
}
