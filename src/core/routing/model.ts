/** Who is called when X dials Y. */

/** Who calls, as far as it is proven. */
export type RouteCaller =
  | { readonly kind: "extension"; readonly number: string }
  /** A web user: its call, or a call to it that goes on elsewhere. */
  | {
      readonly kind: "webUser";
      /** Without the 0. */
      readonly number: string;
      /** As the callee is to see it; a number that is dialled back. */
      readonly shown: { readonly number: string; readonly name: string };
      /** Whether the web user itself dials: what others send it on to is theirs to say. */
      readonly dials: boolean;
    }
  /** The proxy account, with nothing to prove that it calls for a web user. */
  | { readonly kind: "unproven" }
  /** Strangers, and legs that were called and are sent on. */
  | { readonly kind: "none" };

export interface RouteQuery {
  /** The dialplan context, e.g. `default` or `public`. */
  readonly context: string;
  /** destination_number. */
  readonly dialled: string;
  readonly caller: RouteCaller;
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

export interface RouteDecision extends RouteQuery {
  readonly steps: readonly RouteStep[];
  readonly outcome: RouteOutcome;
}
