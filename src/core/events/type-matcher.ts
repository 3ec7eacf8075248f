import { Failure } from "../../base/index.ts";

const pattern = /^[A-Za-z0-9_.:-]*\*?$/;
const longestList = 64;

/** Whether an event of that type was asked for. */
export type TypeMatcher = (type: string) => boolean;

function matcherOf(text: string): TypeMatcher {
  const open = text.endsWith("*");
  const words = open ? text.slice(0, -1) : text;
  // A switch makes dozens of raw events a call: a bare `*` must not ask for them by accident.
  const raw = words.startsWith("switch.");
  return (type) => (raw || !type.startsWith("switch.")) && (open ? type.startsWith(words) : type === words);
}

/**
 * Reads `?types=`: names and prefixes ending in `*`, separated by commas, e.g. `call.*,registration.online`.
 * Empty asks for everything but raw events, which are matched only by a pattern that starts with `switch.`.
 * Throws `invalid-request` for anything else.
 */
export function typeMatcher(patterns: string): TypeMatcher {
  const texts = patterns.split(",").map((text) => text.trim());
  if (texts.length > longestList) {
    throw new Failure(
      "invalid-request",
      `types lists ${texts.length} patterns; at most ${longestList} are allowed`,
    );
  }
  if (texts.length === 1 && texts[0] === "") return matcherOf("*");
  for (const text of texts) {
    if (text === "" || !pattern.test(text)) {
      throw new Failure(
        "invalid-request",
        `types holds ${JSON.stringify(text.slice(0, 80))}; give event types or prefixes ending in *, such as call.*,node.up`,
      );
    }
  }
  const matchers = texts.map(matcherOf);
  return (type) => matchers.some((matches) => matches(type));
}
