import { Failure } from "../../base/index.ts";

const causeName = /^-ERR ([A-Z][A-Z0-9_]+)$/;

/**
 * The reply of a command that was carried out. Throws `switch-refused` for `-ERR …` and `-USAGE …`, with the cause's
 * name as `extra.cause` where that is all the switch says (`-ERR USER_BUSY`), else null.
 */
export function accepted(reply: string): string {
  const text = reply.trim();
  if (!text.startsWith("-ERR") && !text.startsWith("-USAGE")) return text;
  const cause = causeName.exec(text)?.[1] ?? null;
  throw new Failure("switch-refused", `The switch answered: ${text.slice(0, 200)}`, { cause });
}
