import { Option, type Command } from "commander";
import type { Extension } from "../../contract/index.ts";
import { UsageError, type Context } from "./context.ts";
import { given, withJson, type JsonOption } from "./options.ts";
import { table } from "./text.ts";

interface FieldOptions extends JsonOption {
  readonly password?: string;
  readonly name?: string;
  readonly callerIdName?: string;
  readonly callerIdNumber?: string;
  readonly context?: string;
  readonly callGroup?: string;
  readonly tollAllow?: string;
}

const withFields = (command: Command): Command =>
  command
    .option("--password <text>", "SIP password, or `random` to have one made")
    .option("--name <text>", "display name")
    .option("--caller-id-name <text>", "name that called phones show")
    .option("--caller-id-number <number>", "number that called phones show")
    .option("--context <name>", "dialplan context")
    .option("--call-group <names>", "call groups, comma-separated")
    .option("--toll-allow <classes>", "toll_allow classes, comma-separated");

const fieldsOf = ({ name, callerIdName, callerIdNumber, context, callGroup, tollAllow }: FieldOptions) =>
  given({ displayName: name, callerIdName, callerIdNumber, context, callGroup, tollAllow });

/** `1001` or `1000-2599`. */
function rangeOf(text: string): { from: string; to: string } {
  const [, from, to] = /^([0-9]+)(?:-([0-9]+))?$/.exec(text) ?? [];
  if (from === undefined)
    throw new UsageError(`${JSON.stringify(text)} is no extension; write 1001, or a range as 1000-2599`);
  return { from, to: to ?? from };
}

const headings = ["NUMBER", "NAME", "CONTEXT", "GROUPS", "ENABLED", "REGISTERED", "KIND"];
const rowOf = (one: Extension) => [
  one.number,
  one.displayName,
  one.context,
  one.callGroup,
  one.enabled,
  one.registered,
  one.kind,
];

export function extensionCommands(program: Command, context: Context): void {
  const extensions = program.command("extensions").description("provision SIP extensions");

  withJson(extensions.command("list").description("list extensions"))
    .option("-q, --query <text>", "only those whose number or name holds this")
    .action(async ({ query, ...options }: JsonOption & { query?: string }) => {
      const items = await context.ask((server) =>
        Array.fromAsync(server.all((page) => server.extensions({ ...page, ...given({ q: query }) }))),
      );
      context.print(items, options, () => table(headings, items.map(rowOf)));
    });

  withJson(
    withFields(
      extensions.command("add").description("provision one extension, or a range: all of it or nothing"),
    ),
  )
    .argument("<number|from-to>", "1001, or 1000-2599: both ends included")
    .addOption(
      new Option("--on-existing <what>", "what to do with those that exist").choices([
        "skip",
        "replace",
        "fail",
      ]),
    )
    .action(async (text: string, options: FieldOptions & { onExisting?: "skip" | "replace" | "fail" }) => {
      const { password, onExisting } = options;
      const body = { ...rangeOf(text), template: fieldsOf(options), ...given({ password, onExisting }) };
      const result = await context.ask((server) => server.createExtensions(body));
      const { created, replaced, skipped, credentials } = result;
      context.print(result, options, () => {
        const done = `created ${created}, replaced ${replaced}, skipped ${skipped}`;
        if (credentials.length === 0) return done;
        const rows = credentials.map((one) => [one.number, one.password]);
        return `${table(["NUMBER", "PASSWORD"], rows)}\n${done}; the passwords are shown this once`;
      });
    });

  withJson(withFields(extensions.command("set").description("change an extension")))
    .argument("<number>")
    .option("--enable", "let it register and be called")
    .option("--disable", "let it neither register nor be called")
    .action(async (number: string, options: FieldOptions & { enable?: true; disable?: true }) => {
      const { enable, disable, password } = options;
      if (enable && disable) throw new UsageError("--enable and --disable contradict each other");
      const enabled = enable ? true : disable ? false : undefined;
      const patch = { ...fieldsOf(options), ...given({ password, enabled }) };
      if (Object.keys(patch).length === 0)
        throw new UsageError("nothing to change: give at least one option, see --help");
      const changed = await context.ask((server) => server.updateExtension(number, patch));
      context.print(changed, options, () => {
        const made = changed.password === undefined ? "" : `\npassword, shown this once: ${changed.password}`;
        return `${table(headings, [rowOf(changed)])}${made}`;
      });
    });

  withJson(extensions.command("remove").description("remove an extension"))
    .argument("<number>")
    .action(async (number: string, options: JsonOption) => {
      await context.ask((server) => server.removeExtension(number));
      context.print({ removed: number }, options, () => `removed ${number}`);
    });
}
