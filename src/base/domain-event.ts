/** Something that happened, as a part of the application tells it. The event log adds `id`. */
export interface DomainEvent {
  /** `call.answered`, `registration.online`, `node.up` … as interface.md names them. */
  readonly type: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The switch it concerns, by node id; null when it concerns none. */
  readonly node: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Where parts of the application tell what happened. Never throws. */
export type Publish = (event: DomainEvent) => void;
