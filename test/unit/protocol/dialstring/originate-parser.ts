/**
 * Reads an originate command as FreeSWITCH 1.11 does, splitting in place, pass by pass: separate_string_char_delim,
 * separate_string_blank_delim and cleanup_separated_string (switch_utils.c), switch_event_create_brackets
 * (switch_event.c), switch_ivr_originate. Written from what those do, sharing nothing with the code it judges.
 */

export interface DialTarget {
  readonly variables: Readonly<Record<string, string>>;
  readonly target: string;
}

export interface DialString {
  /** Whether `:_:` made an enterprise originate of it. */
  readonly enterprise: boolean;
  readonly variables: Readonly<Record<string, string>>;
  /** Tried in turn; those inside at once. */
  readonly alternatives: readonly (readonly DialTarget[])[];
}

const unescaped: Record<string, string> = { n: "\n", r: "\r", t: "\t", s: " " };

function cleanup(text: string, delimiter: string): string {
  let position = 0;
  while (text[position] === " ") position += 1;
  let result = "";
  let end = -1;
  let quoted = false;
  for (; position < text.length; position += 1) {
    const character = text[position] ?? "";
    if (character === "\\") {
      const next = text[position + 1] ?? "";
      const literal = ["'", '"', "\\"].includes(next) || (delimiter !== "" && next === delimiter);
      if (literal || (next in unescaped && next !== "")) {
        result += literal ? next : unescaped[next];
        end = result.length;
        position += 1;
        continue;
      }
    }
    if (character === "'" && (quoted || text.includes("'", position + 1))) {
      quoted = !quoted;
      if (quoted) end = result.length;
      continue;
    }
    result += character;
    if (character !== " " || quoted) end = result.length;
  }
  return end < 0 ? result : result.slice(0, end);
}

export function separate(text: string, delimiter: string, most = 1024): string[] {
  const parts: string[] = [];
  let from = 0;
  while (from < text.length && parts.length < most) {
    let quoted = false;
    let to = text.length;
    for (let position = from; position < text.length; position += 1) {
      const character = text[position];
      if (character === "\\") position += 1;
      else if (character === "'" && (quoted || text.includes("'", position + 1))) quoted = !quoted;
      else if (character === delimiter && !quoted) {
        to = position;
        break;
      }
    }
    // The last slot keeps what follows its delimiter: the loop of the original stops before it is cut off.
    parts.push(parts.length + 1 === most ? text.slice(from) : text.slice(from, to));
    from = to + 1;
  }
  return parts.map((part) => cleanup(part, delimiter));
}

export function separateBlank(text: string): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest !== "") {
    let position = 0;
    while (rest[position] === " ") position += 1;
    let quoted = false;
    for (; position < rest.length; position += 1) {
      const character = rest[position];
      if (character === "\\") position += 1;
      else if (character === "'") quoted = !quoted;
      else if (character === " " && !quoted) break;
    }
    parts.push(rest.slice(0, position));
    rest = rest.slice(position).replace(/^ +/, "");
  }
  return parts.map((part) => cleanup(part, ""));
}

/** Index of the bracket that closes the one `text` begins with, counting and nothing else. */
function closing(text: string, open: string, close: string): number {
  let depth = 0;
  for (const [index, character] of text.split("").entries()) {
    if (character === open) depth += 1;
    else if (character === close) depth -= 1;
    if (depth === 0) return index;
  }
  throw new Error("Parse Error!");
}

function brackets(
  characters: string,
  open: string,
  close: string,
  separator: string,
): { variables: Record<string, string>; rest: string } {
  const variables: Record<string, string> = {};
  let rest = characters;
  while (rest.startsWith(open)) {
    const text = rest.split("");
    const end = closing(rest, open, close);
    let inner = text.slice(1, end).join("");
    rest = text
      .slice(end + 1)
      .join("")
      .replace(/^ +/, "");
    let delimiter = separator;
    if (inner.startsWith("^^")) {
      delimiter = inner[2] ?? "";
      inner = inner.slice(3);
    }
    for (const assignment of separate(inner, delimiter)) {
      const [name, value] = separate(assignment, "=", 2);
      if (name !== undefined && value !== undefined) variables[name] = value;
    }
  }
  return { variables, rest };
}

const quotedComma = "\u0001";
const bareComma = "\u0002";

/** What switch_ivr_originate does to commas inside `[…]` before it splits at commas. */
function markCommas(text: string): string {
  const characters = text.split("");
  let end = -1;
  let quote = false;
  let custom = false;
  for (let index = 0; index < characters.length; index += 1) {
    if (end < 0 && characters[index] === "[") {
      end = index + closing(characters.slice(index).join(""), "[", "]");
      custom = characters[index + 1] === "^" && characters[index + 2] === "^";
      quote = false;
    }
    if (characters[index] === "'") quote = !quote;
    if (index < end && characters[index] === "," && characters[index - 1] !== "\\") {
      characters[index] = quote || custom ? quotedComma : bareComma;
    }
    if (index === end) end = -1;
  }
  return characters.join("");
}

export function parseDialString(text: string): DialString {
  const { variables, rest } = brackets(text.replace(/^ +/, ""), "{", "}", ",");
  const alternatives = separate(rest, "|").map((alternative) =>
    separate(markCommas(alternative), ",").map((peer) => {
      const unmarked = peer.startsWith("[") ? peer.replaceAll(quotedComma, ",") : peer;
      const { variables: own, rest: target } = brackets(unmarked, "[", "]", bareComma);
      return { variables: own, target };
    }),
  );
  return { enterprise: text.includes(":_:"), variables, alternatives };
}
