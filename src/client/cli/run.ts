import { Command, CommanderError } from "commander";
import { ConfigError } from "../../config/index.ts";
import { PatchcordError } from "../sdk/index.ts";
import { callCommands } from "./calls.ts";
import { Context, UsageError, type CliOptions } from "./context.ts";
import { extensionCommands } from "./extensions.ts";
import { localCommands } from "./local.ts";
import { plain, plainJson } from "./text.ts";
import { tokenCommands } from "./tokens.ts";
import { watchingCommands } from "./watching.ts";

const done = 0;
const failed = 1;
const wrongUsage = 2;

/** Commander writes and exits by itself unless every command is told otherwise, subcommands included. */
function tame(command: Command, stdout: (text: string) => void, stderr: (text: string) => void): void {
  command.exitOverride().configureOutput({ writeOut: stdout, writeErr: stderr });
  for (const one of command.commands) tame(one, stdout, stderr);
}

/**
 * Runs one command. Resolves with the exit code: 0 done, 1 refused or failed, 2 wrong usage. Throws what `serve`
 * and `conf` throw.
 */
export async function run(argv: readonly string[], options: CliOptions): Promise<number> {
  const stdout = (text: string): void => void (options.stdout ?? process.stdout).write(text);
  const stderr = (text: string): void => void (options.stderr ?? process.stderr).write(text);
  const context = new Context(options);
  let code = done;

  const program = new Command("patchcord")
    .description(
      "FreeSWITCH control. The server is found by PATCHCORD_URL and PATCHCORD_TOKEN, else by its data directory.",
    )
    .version(options.version, "--version", "print the version")
    .showHelpAfterError("(--help tells more)");
  localCommands(program, context, (served) => {
    code = served;
  });
  extensionCommands(program, context);
  callCommands(program, context);
  tokenCommands(program, context);
  watchingCommands(program, context);
  tame(program, stdout, stderr);

  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? done : wrongUsage;
    if (error instanceof UsageError) {
      stderr(`patchcord: ${plain(error.message)}\n`);
      return wrongUsage;
    }
    if (error instanceof PatchcordError) {
      stderr(
        argv.includes("--json")
          ? `${plainJson(error.problem)}\n`
          : `patchcord: ${plain(error.detail)} (${plain(error.code)})\n`,
      );
      return failed;
    }
    if (error instanceof ConfigError) {
      stderr(`patchcord: ${error.message}\n`);
      return failed;
    }
    throw error;
  }
}
