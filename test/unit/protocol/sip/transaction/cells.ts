import type {
  ClientInput,
  Effect,
  ServerInput,
  Step,
  TimerName,
} from "../../../../../src/protocol/sip/transaction/machine.ts";

const timers: readonly TimerName[] = ["A", "B", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M"];

/** Every input that a client transaction can meet, by its name in the tables. */
export const clientInputs: Readonly<Record<string, ClientInput>> = {
  start: { type: "start" },
  "100": { type: "response", status: 100 },
  "199": { type: "response", status: 199 },
  "200": { type: "response", status: 200 },
  "299": { type: "response", status: 299 },
  "300": { type: "response", status: 300 },
  "699": { type: "response", status: 699 },
  "transport error": { type: "transport-error" },
  ...Object.fromEntries(timers.map((timer) => [`timer ${timer}`, { type: "timer", timer } as const])),
};

export const serverInputs: Readonly<Record<string, ServerInput>> = {
  request: { type: "request" },
  ack: { type: "ack" },
  "100": { type: "respond", status: 100 },
  "199": { type: "respond", status: 199 },
  "200": { type: "respond", status: 200 },
  "299": { type: "respond", status: 299 },
  "300": { type: "respond", status: 300 },
  "699": { type: "respond", status: 699 },
  "transport error": { type: "transport-error" },
  ...Object.fromEntries(timers.map((timer) => [`timer ${timer}`, { type: "timer", timer } as const])),
};

function word(effect: Effect): string {
  if (effect.type === "start") return `${effect.timer}=${effect.milliseconds}`;
  if (effect.type === "stop") return `stop ${effect.timer}`;
  return effect.type === "fail" ? `fail ${effect.reason}` : effect.type;
}

/** `state: effects`, as the tables have it. */
export const cell = (step: Step<{ readonly name: string }>): string =>
  [`${step.state.name}:`, step.effects.map(word).join(", ")].join(" ").trim();

/**
 * Every cell of a table: what is not in it changes nothing and does nothing. A row names inputs, separated by `|`.
 */
export function cells(
  inputs: readonly string[],
  table: Readonly<Record<string, Readonly<Record<string, string>>>>,
): [state: string, input: string, expected: string][] {
  return Object.entries(table).flatMap(([state, rows]) => {
    const expected = new Map(
      Object.entries(rows).flatMap(([names, outcome]) =>
        names.split("|").map((name) => [name.trim(), outcome] as const),
      ),
    );
    for (const name of expected.keys()) if (!inputs.includes(name)) throw new Error(`no input ${name}`);
    return inputs.map(
      (input) => [state, input, expected.get(input) ?? `${state}:`] as [string, string, string],
    );
  });
}
