import type { Command } from "commander";
import type { Context } from "./context.ts";
import { collect, given, withJson, type JsonOption } from "./options.ts";

interface ConfFlags extends JsonOption {
  readonly eventSocket?: string;
  readonly url?: string;
  readonly allow: readonly string[];
}

/** Commands that work with no server running. `exit` takes the exit code of the command. */
export function localCommands(program: Command, context: Context, exit: (code: number) => void): void {
  program
    .command("serve")
    .description("run the server")
    .option("--json", "log JSON, also to a terminal")
    .action(async ({ json = false }: JsonOption) => {
      exit(await context.options.serve({ json }));
    });

  withJson(
    program.command("conf").description("write the configuration of a FreeSWITCH for this installation"),
  )
    .argument("<directory>", "where to write it; start FreeSWITCH with -conf DIRECTORY")
    .option("--event-socket <host:port>", "where its event socket shall listen")
    .option("--url <url>", "where it finds Patchcord's /xml_curl")
    .option("--allow <cidr>", "who, besides loopback, may use its event socket; may be repeated", collect, [])
    .action(async (directory: string, options: ConfFlags) => {
      const { eventSocket, url, allow } = options;
      const result = await context.options.conf({ directory, allow, ...given({ eventSocket, url }) });
      context.print(result, options, () =>
        [`wrote ${result.files.length} files to ${result.directory}`, ...result.next].join("\n"),
      );
    });
}
