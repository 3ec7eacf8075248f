/** Methods that we answer; what else is known is refused 405, the rest 501 (RFC 3261 8.2.1). */
export const allowed = [
  "INVITE",
  "ACK",
  "CANCEL",
  "BYE",
  "OPTIONS",
  "INFO",
  "UPDATE",
  "PRACK",
  "REFER",
  "NOTIFY",
] as const;

export const known: ReadonlySet<string> = new Set([
  ...allowed,
  "REGISTER",
  "SUBSCRIBE",
  "MESSAGE",
  "PUBLISH",
]);

/** Option tags (RFC 3261 19.2). */
export const supported: readonly string[] = ["100rel", "timer", "replaces"];

export const sdpType = "application/sdp";

export const allow = allowed.join(", ");

/** Whether a header lists an option tag or a method; both are compared without case. */
export const lists = (values: readonly string[], word: string): boolean =>
  values.some((value) => value.trim().toLowerCase() === word.toLowerCase());
