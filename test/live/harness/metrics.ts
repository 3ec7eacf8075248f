import type { TelephoneSystem } from "./system.ts";
import { until } from "./until.ts";

/** The samples of `GET /metrics` whose name begins so, each by name and labels as printed. */
async function gauges(
  { patchcord }: Pick<TelephoneSystem, "patchcord">,
  prefix: string,
): Promise<Map<string, number>> {
  const text = await (await fetch(`${patchcord.url}/metrics`)).text();
  const samples = text.split("\n").filter((line) => line.startsWith(prefix));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** What a gateway holds for its calls and for nothing else. */
const held = /^patchcord_gateway_(sessions|media_(legs|ports|sockets|timers))\b/;

/** Resolves once the gateway holds nothing for any call: no session, leg, port, socket or timer. */
export async function expectNothingHeld(system: TelephoneSystem, seconds = 20): Promise<void> {
  await until(
    "the gateway holds nothing",
    async () => {
      const all = await gauges(system, "patchcord_gateway_");
      const left = [...all].filter(([name, value]) => held.test(name) && value !== 0);
      if (left.length === 0 && all.size > 0) return true;
      throw new Error(JSON.stringify(left));
    },
    { seconds },
  );
}
