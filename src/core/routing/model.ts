/** Who is called when X dials Y. */

export interface RouteQuery {
  /** The dialplan context, e.g. `default` or `public`. */
  readonly context: string;
  /** destination_number. */
  readonly dialled: string;
  /** The calling extension's number where the switch named one; null for strangers and callee legs. */
  readonly caller: string | null;
  readonly domain: string;
}

/** One condition that was tried, in the words of FreeSWITCH's dialplan. */
export interface RouteStep {
  /** Name of the dialplan extension, e.g. `web-user`. */
  readonly extension: string;
  /** The field tested, e.g. `destination_number`, or `directory` for a look-up of ours. */
  readonly field: string;
  /** A regular expression, or what is wanted of the look-up. */
  readonly expression: string;
  readonly value: string;
  readonly pass: boolean;
}

export type RouteOutcome =
  | { readonly kind: "extension"; readonly name: string; readonly number: string }
  | {
      readonly kind: "webUser";
      readonly name: string;
      readonly number: string;
      readonly proxyAccount: string;
    }
  | {
      readonly kind: "feature";
      readonly name: string;
      readonly feature: "echo" | "milliwatt" | "music" | "conference";
      readonly number: string;
    }
  | { readonly kind: "reject"; readonly name: string; readonly cause: string; readonly reason: string };

export interface RouteDecision {
  readonly context: string;
  readonly dialled: string;
  readonly domain: string;
  readonly steps: readonly RouteStep[];
  readonly outcome: RouteOutcome;
}
