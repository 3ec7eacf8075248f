/** How an attempt to call, or a call, came to its end: one word for every wire that tells of it. */
export interface Ending {
  /** FreeSWITCH's cause name, e.g. `USER_BUSY`. */
  readonly cause: CauseName;
  /** SIP status that says the same, 200 for a normal end. */
  readonly sip: number;
  /** Q.850 cause, for `Reason: Q.850;cause=N` (RFC 3326); FreeSWITCH's own causes are above 127 and are not sent. */
  readonly q850: number;
}

/**
 * The ends that a gateway call can meet. SIP status → cause is hangup_cause_to_sip and sip_cause_to_freeswitch of
 * mod_sofia.c / sofia_glue.c; `Reason` keeps the name where a status stands for several.
 */
const table = {
  NORMAL_CLEARING: { sip: 200, q850: 16 },
  USER_BUSY: { sip: 486, q850: 17 },
  /** The device was reached and nobody answered in the ring time. */
  NO_ANSWER: { sip: 408, q850: 19 },
  /** No device acknowledged the invitation. */
  NO_USER_RESPONSE: { sip: 408, q850: 18 },
  /** Nobody by that number is online. */
  SUBSCRIBER_ABSENT: { sip: 480, q850: 20 },
  CALL_REJECTED: { sip: 603, q850: 21 },
  ORIGINATOR_CANCEL: { sip: 487, q850: 0 },
  /** Another device answered. */
  LOSE_RACE: { sip: 487, q850: 0 },
  PICKED_OFF: { sip: 487, q850: 0 },
  /** The extension is known and no phone of it is registered. */
  USER_NOT_REGISTERED: { sip: 480, q850: 0 },
  UNALLOCATED_NUMBER: { sip: 404, q850: 1 },
  NO_ROUTE_DESTINATION: { sip: 404, q850: 3 },
  NUMBER_CHANGED: { sip: 410, q850: 22 },
  INVALID_NUMBER_FORMAT: { sip: 484, q850: 28 },
  EXCHANGE_ROUTING_ERROR: { sip: 483, q850: 25 },
  FACILITY_REJECTED: { sip: 501, q850: 29 },
  INCOMPATIBLE_DESTINATION: { sip: 488, q850: 88 },
  DESTINATION_OUT_OF_ORDER: { sip: 502, q850: 27 },
  NORMAL_TEMPORARY_FAILURE: { sip: 503, q850: 41 },
  SWITCH_CONGESTION: { sip: 503, q850: 42 },
  NETWORK_OUT_OF_ORDER: { sip: 503, q850: 38 },
  NORMAL_UNSPECIFIED: { sip: 480, q850: 31 },
  NORMAL_CIRCUIT_CONGESTION: { sip: 503, q850: 34 },
  RECOVERY_ON_TIMER_EXPIRE: { sip: 504, q850: 102 },
  /** Media stopped: the browser, or the phone, vanished. */
  MEDIA_TIMEOUT: { sip: 200, q850: 0 },
  SYSTEM_SHUTDOWN: { sip: 503, q850: 0 },
  OUTGOING_CALL_BARRED: { sip: 403, q850: 52 },
  BLIND_TRANSFER: { sip: 200, q850: 0 },
  ATTENDED_TRANSFER: { sip: 200, q850: 0 },
} as const satisfies Record<string, { sip: number; q850: number }>;

export type CauseName = keyof typeof table;

export const ending = (cause: CauseName): Ending => ({ cause, ...table[cause] });

/** The cause of that name, where it is one that a gateway call can meet. */
export const isCause = (name: string): name is CauseName => Object.hasOwn(table, name);

const byQ850: ReadonlyMap<number, CauseName> = new Map(
  Object.entries(table).flatMap(([name, { q850 }]) => (q850 === 0 || !isCause(name) ? [] : [[q850, name]])),
);

/** The cause of that Q.850 number, 1 to 127; undefined for one that no gateway call meets. */
export const causeOfQ850 = (cause: number): CauseName | undefined => byQ850.get(cause);
