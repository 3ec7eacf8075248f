import type { Command } from "commander";
import { UsageError, type Context } from "./context.ts";
import { given, wholeNumber, withJson, type JsonOption } from "./options.ts";

/** As in the contract: a key signs for a week, and no token outlives its key. */
const longestTtl = 604_800;

export function tokenCommands(program: Command, context: Context): void {
  withJson(program.command("token").description("make a token with which a browser is a web user"))
    .argument("<user>", "the web user's number, without the 0 that others dial before it")
    .option("--name <name>", "what others are shown; 0 and the number if not given")
    .option("--ttl <seconds>", "until it expires; a day if not given", wholeNumber(1, longestTtl))
    .action(async (user: string, options: JsonOption & { name?: string; ttl?: number }) => {
      if (!/^[0-9]{1,20}$/.test(user))
        throw new UsageError(`${JSON.stringify(user)} is no web user's number: 1 to 20 digits`);
      const { name, ttl } = options;
      const made = await context.ask((server) =>
        server.createWebClientToken({ user, ...given({ displayName: name, ttlSeconds: ttl }) }),
      );
      context.print(made, options, () =>
        [
          `token    ${made.token}`,
          `expires  ${new Date(made.expiresAt).toISOString()}`,
          `phone    ${made.phone}`,
          "Whoever has the token or the address is that web user until it expires.",
        ].join("\n"),
      );
    });
}
