import { Failure } from "../../base/index.ts";

/**
 * A newline in an argument would begin a second command on the event socket, a NUL would end the switch's C string.
 * Throws `unsafe-text`.
 */
export function safeLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  if (/[\r\n\0]/.test(text)) {
    throw new Failure("unsafe-text", "A command to the switch must be one line without control characters.");
  }
  return text;
}

/** One argument of an api command: these are split at spaces and quotes. Throws `unsafe-text`. */
export function safeWord(text: string): string {
  // switch_separate_string also gives backslash and quotes a meaning.
  if (text === "" || /[\s'"\\]/.test(safeLine(text))) {
    throw new Failure(
      "unsafe-text",
      "An argument to the switch must be one word without quotes or backslashes.",
    );
  }
  return text;
}
