import { Option, type Command } from "commander";
import type { Call, CallQuery, CallWithTimeline, DialInput } from "../../contract/index.ts";
import type { Context } from "./context.ts";
import { given, wholeNumber, withJson, type JsonOption } from "./options.ts";
import { dialAndFollow } from "./follow.ts";
import { table, time } from "./text.ts";

const sideWords = "an extension, 0 and a web user's number, or echo, park, conference:ROOM";

/** What a side of `dial` is in the API's form; what is no app is left to the server to judge. */
function sideOf(text: string): DialInput["from"] {
  if (text === "echo" || text === "park") return { app: text };
  const room = /^conference:(.+)$/.exec(text)?.[1];
  return room === undefined ? text : { app: "conference", room };
}

const partyOf = ({ number, name }: Call["from"]): string =>
  name === "" || name === number ? number : `${number} (${name})`;

const headings = ["ID", "STATE", "FROM", "TO", "STARTED", "ANSWERED", "ENDED", "CAUSE"];
const rowOf = (call: Call) => [
  call.id,
  call.state,
  partyOf(call.from),
  partyOf(call.to),
  time(call.startedAt),
  time(call.answeredAt),
  time(call.endedAt),
  call.cause,
];

function wordsOf(call: CallWithTimeline): string {
  const legs = table(
    ["LEG", "DIRECTION", "NUMBER", "STATE", "CODEC", "BRIDGED WITH", "CAUSE"],
    call.legs.map((leg) => [
      leg.uuid,
      leg.direction,
      leg.number,
      leg.state,
      leg.codec,
      leg.bridgedWith,
      leg.cause,
    ]),
  );
  const timeline = table(
    ["TIME", "EVENT", "LEG", "DETAIL"],
    call.timeline.map((entry) => [time(entry.time), entry.type, entry.leg, entry.detail]),
  );
  return [table(headings, [rowOf(call)]), legs, timeline].join("\n\n");
}

interface DialOptions extends JsonOption {
  readonly callerIdName?: string;
  readonly callerIdNumber?: string;
  readonly timeout?: number;
  readonly autoAnswer?: boolean;
  readonly dtmf?: string;
  readonly node?: string;
  readonly wait?: number;
}

export function callCommands(program: Command, context: Context): void {
  withJson(program.command("dial").description("call FROM and, once it answers, connect it with TO"))
    .argument("<from>", sideWords)
    .argument("<to>", "the same")
    .option("--caller-id-name <text>", "name that the called phones show")
    .option("--caller-id-number <number>", "number that the called phones show")
    .option("--timeout <seconds>", "how long each side may ring", wholeNumber(1, 600))
    .option("--auto-answer", "ask FROM's phone to answer by itself")
    .option("--dtmf <digits>", "send these after the answer")
    .option("--node <id>", "the switch to use")
    .option(
      "--wait <seconds>",
      "follow the call until it is answered; exit with 1 and the reason when it is not",
      wholeNumber(1, 3600),
    )
    .action(async (from: string, to: string, options: DialOptions) => {
      const { callerIdName, callerIdNumber, timeout, autoAnswer, dtmf, node } = options;
      const wishes = {
        callerIdName,
        callerIdNumber,
        timeoutSeconds: timeout,
        autoAnswer,
        dtmfAfterAnswer: dtmf,
        node,
      };
      const body = { from: sideOf(from), to: sideOf(to), ...given(wishes) };
      const { wait } = options;
      if (wait === undefined) {
        const accepted = await context.ask((server) => server.dial(body));
        context.print(
          accepted,
          options,
          () => `${accepted.id}  (follow it: npx patchcord calls ${accepted.id})`,
        );
        return;
      }
      const accepted = (id: string): void => {
        if (options.json !== true) context.print(id, options, () => id);
      };
      const following = { seconds: wait, signal: context.signal, accepted };
      const call = await context.ask((server) => dialAndFollow(server, body, following));
      context.print(call, options, () => `${call.id} was answered`);
    });

  withJson(program.command("calls").description("list the calls that have not ended, or show one"))
    .argument("[id]", "id of a call, or uuid of one of its legs")
    .addOption(
      new Option("--state <state>", "list those in this state").choices([
        "ringing",
        "early",
        "active",
        "held",
        "parked",
        "ended",
        "all",
      ]),
    )
    .action(async (id: string | undefined, options: JsonOption & Pick<CallQuery, "state">) => {
      if (id !== undefined) {
        const call = await context.ask((server) => server.call(id));
        context.print(call, options, () => wordsOf(call));
        return;
      }
      const filter = given({ state: options.state });
      const items = await context.ask((server) =>
        Array.fromAsync(server.all((page) => server.calls({ ...page, ...filter }))),
      );
      context.print(items, options, () => table(headings, items.map(rowOf)));
    });

  withJson(program.command("hangup").description("end a call, and wait until it has ended"))
    .argument("<id>", "id of a call, or uuid of one of its legs")
    .option("--cause <name>", "FreeSWITCH's cause name, such as USER_BUSY")
    .option("--wait <seconds>", "how long to wait", wholeNumber(1, 60), 10)
    .action(async (id: string, options: JsonOption & { cause?: string; wait: number }) => {
      const body = given({ cause: options.cause });
      const call = await context.ask((server) => server.performAndWait(id, "hangup", body, options.wait));
      context.print(call, options, () => `${call.id} ended: ${call.cause ?? "-"}`);
    });
}
