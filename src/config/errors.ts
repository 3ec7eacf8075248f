/** The configuration cannot be used. The message is one line that names the key, what it is and what is allowed. */
export class ConfigError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(oneLine(message), options);
    this.name = "ConfigError";
  }
}

/** Operator's text may hold anything; a terminal is to show it, not to obey it. */
function oneLine(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value in a message: quoted, cut short, what stands before the @ of a URL left out. */
export function quoted(text: string): string {
  const shown = text.replaceAll(/:\/\/[^@\s]*@/g, "://…@");
  return JSON.stringify(shown.length > 100 ? `${shown.slice(0, 100)}…` : shown);
}
