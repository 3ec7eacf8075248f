import type { Command } from "commander";
import type { Explanation } from "../../contract/index.ts";
import type { Context } from "./context.ts";
import { given, withJson, type JsonOption } from "./options.ts";
import { table } from "./text.ts";
import { eventWords } from "./words.ts";

function explanationWords({ context, steps, actions, outcome }: Explanation): string {
  const tried = table(
    ["EXTENSION", "FIELD", "EXPRESSION", "VALUE", "PASS"],
    steps.map((step) => [step.extension, step.field, step.expression, step.value, step.pass]),
  );
  const done = table(
    ["APPLICATION", "DATA"],
    actions.map(({ application, data }) => [application, data]),
  );
  const why = outcome.reason === undefined ? "" : ` (${outcome.reason})`;
  return [`context ${context}: ${outcome.kind} ${outcome.target}${why}`, tried, done].join("\n\n");
}

export function watchingCommands(program: Command, context: Context): void {
  withJson(
    program.command("events").description("print what happens, as it happens, across lost connections"),
  )
    .option("--types <patterns>", "event types, comma-separated, such as call.*,node.up")
    .option("--since <id>", "first what came after this event")
    .action(async (options: JsonOption & { types?: string; since?: string }) => {
      const { types, since } = options;
      const { signal } = context;
      await context.ask(async (server) => {
        for await (const event of server.events(given({ types, since, signal }))) {
          context.printLine(event, options, () => eventWords(event));
        }
      });
    });

  withJson(program.command("explain").description("tell what the switch is answered when FROM dials TO"))
    .argument("<from>", "the calling extension; an empty text for a stranger")
    .argument("<to>", "what is dialled")
    .option("--context <name>", "dialplan context; the calling extension's if not given")
    .option("--xml", "print the document itself")
    .action(async (from: string, to: string, options: JsonOption & { context?: string; xml?: true }) => {
      const query = { from, to, ...given({ context: options.context }) };
      const explanation = await context.ask((server) => server.explain(query));
      context.print(explanation, options, () =>
        options.xml ? explanation.xml : explanationWords(explanation),
      );
    });
}
