import { Failure } from "../../base/index.ts";
import type { ExtensionFields } from "./model.ts";

/** A leading 0 is the web users'; 15 digits are the longest number of E.164. */
export const numberForm = /^[1-9][0-9]{1,14}$/;
/** Dialplan contexts: from `default` everybody is reached, from `public`, where strangers are, nobody. */
const contexts: readonly string[] = ["default", "public"];
const wordForm = /^[A-Za-z0-9_.-]{1,64}$/;
const callerNumberForm = /^(?:\+?[0-9]{1,20})?$/;
const passwordForm = /^[\x21-\x7e](?:[\x20-\x7e]{6,126})[\x21-\x7e]$/;
const longestName = 100;
const longestList = 20;
/** A tenth of a second of the one database connection: meanwhile no switch is answered. */
const largestRange = 10_000;

export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

export const isExtensionNumber = (text: string): boolean => numberForm.test(text);

const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** Throws `invalid-number` unless `text` is `[1-9][0-9]{1,14}`. */
export function checkNumber(text: string): string {
  if (isExtensionNumber(text)) return text;
  throw new Failure(
    "invalid-number",
    `${shown(text)} is not an extension: 2 to 15 digits, the first one not 0 (0 and a number is a web user)`,
  );
}

/** Both ends are included. Throws `invalid-number` or `invalid-range`. */
export function checkRange(from: string | number, to: string | number): NumberRange {
  const range = { from: Number(checkNumber(String(from))), to: Number(checkNumber(String(to))) };
  const size = range.to - range.from + 1;
  if (size < 1) {
    throw new Failure(
      "invalid-range",
      `${range.from}-${range.to} is empty: the first number is above the last`,
    );
  }
  if (size > largestRange) {
    throw new Failure(
      "invalid-range",
      `${range.from}-${range.to} holds ${size} numbers; at most ${largestRange} at once: split it`,
    );
  }
  return range;
}

function checkName(field: string, text: string): void {
  if (text.length > longestName) {
    throw new Failure("invalid-request", `${field} has ${text.length} characters; at most ${longestName}`, {
      field,
    });
  }
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u{FFFE}\u{FFFF}]/u.test(text)) {
    throw new Failure("unsafe-text", `${field} holds control characters; remove them`, { field });
  }
  // FreeSWITCH expands a variable's value again wherever the variable is used, api calls such as ${system(…)}
  // included (switch_channel_expand_variables_check).
  if (text.includes("${")) {
    throw new Failure("unsafe-text", `${field} holds \${, which the switch would evaluate; remove it`, {
      field,
    });
  }
}

/** `a, b,,a` as `a,b`. */
function normalList(field: string, text: string): string {
  const words = [...new Set(text.split(",").map((word) => word.trim()))].filter((word) => word !== "");
  if (words.length > longestList || !words.every((word) => wordForm.test(word))) {
    throw new Failure(
      "invalid-request",
      `${field} is ${shown(text)}; up to ${longestList} names of letters, digits, _ . -, separated by commas`,
      { field },
    );
  }
  return words.join(",");
}

/** Checks every field that is given, and brings lists into one form. Throws `invalid-request` or `unsafe-text`. */
export function checkFields<Fields extends Partial<ExtensionFields>>(fields: Fields): Fields {
  const { displayName, callerIdName, callerIdNumber, context, callGroup, tollAllow } = fields;
  if (displayName !== undefined) checkName("displayName", displayName);
  if (callerIdName !== undefined) checkName("callerIdName", callerIdName);
  if (callerIdNumber !== undefined && !callerNumberForm.test(callerIdNumber)) {
    throw new Failure(
      "invalid-request",
      `callerIdNumber is ${shown(callerIdNumber)}; up to 20 digits, + before them if wanted`,
      {
        field: "callerIdNumber",
      },
    );
  }
  if (context !== undefined && !contexts.includes(context)) {
    throw new Failure(
      "invalid-request",
      `context is ${shown(context)}, which the dialplan does not have; it has ${contexts.join(" and ")}`,
      { field: "context" },
    );
  }
  return {
    ...fields,
    ...(callGroup === undefined ? {} : { callGroup: normalList("callGroup", callGroup) }),
    ...(tollAllow === undefined ? {} : { tollAllow: normalList("tollAllow", tollAllow) }),
  };
}

/** Throws `invalid-request`; the password itself is never in the words. */
export function checkPassword(number: string | null, password: string): string {
  if (passwordForm.test(password) && password !== number) return password;
  throw new Failure(
    "invalid-request",
    'password: 8 to 128 printable ASCII characters, no space at the ends, not the number itself; or "random"',
    { field: "password" },
  );
}
