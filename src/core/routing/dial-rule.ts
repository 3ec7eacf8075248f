import { Failure } from "../../base/index.ts";

/** Numbers of one form: `prefix`, a number from `from` to `to` with just as many digits, `suffix`. */
interface DialRuleItem {
  readonly prefix: string;
  readonly from: string;
  readonly to: string;
  readonly suffix: string;
}

/** What may be dialled; null: everything that there is. */
export type DialRule = readonly DialRuleItem[] | null;

const form =
  /^(?:(?<first>[0-9]+)(?:-(?<last>[0-9]+))?|(?<prefix>[0-9]*)\[(?<from>[0-9]+)-(?<to>[0-9]+)\](?<suffix>[0-9]*))$/;
/** 0 and the 20 digits of a web user. */
const longest = 21;

function itemOf(text: string): DialRuleItem {
  const refuse = (why: string): never => {
    throw new Failure(
      "invalid-range",
      `webDialRule (PATCHCORD_WEB_DIAL_RULE): ${JSON.stringify(text.slice(0, 60))} ${why}; write numbers, ranges and patterns such as 1005;10[06-19];1100-1199`,
    );
  };
  const groups = form.exec(text)?.groups ?? refuse("is no number, range or pattern");
  const { first, last = first, prefix = "", from = first ?? "", to = last ?? "", suffix = "" } = groups;
  if (from.length !== to.length) refuse("runs between numbers of different lengths");
  if (from > to) refuse("runs backwards");
  if (prefix.length + from.length + suffix.length > longest) refuse(`is longer than ${longest} digits`);
  return { prefix, from, to, suffix };
}

/**
 * Reads `1005;10[06-19];1100-1199`: a number, 1006 to 1019, 1100 to 1199. Spaces do not count; an empty text is no rule.
 * @throws Failure invalid-range
 */
export function parseDialRule(text: string): DialRule {
  const compact = text.replaceAll(" ", "");
  return compact === "" ? null : compact.split(";").map(itemOf);
}

/** Of digits of one length the order of their texts is that of the numbers. */
function covers({ prefix, from, to, suffix }: DialRuleItem, number: string): boolean {
  if (number.length !== prefix.length + from.length + suffix.length) return false;
  const middle = number.slice(prefix.length, prefix.length + from.length);
  return number.startsWith(prefix) && number.endsWith(suffix) && from <= middle && middle <= to;
}

/** Whether `number` may be dialled under the rule. */
export const dialRuleAdmits = (rule: DialRule, number: string): boolean =>
  rule === null || (/^[0-9]+$/.test(number) && rule.some((item) => covers(item, number)));
