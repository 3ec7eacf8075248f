import type { TelephoneSystem } from "./system.ts";
import { until } from "./until.ts";

export interface LiveCall {
  readonly id: string;
  readonly state: string;
  readonly from: { readonly number: string; readonly name: string };
  readonly to: { readonly number: string; readonly name: string };
  readonly cause: string | null;
  readonly mergedInto: string | null;
  readonly legs: readonly LiveLeg[];
}

export interface LiveLeg {
  readonly uuid: string;
  readonly direction: "inbound" | "outbound";
  readonly number: string;
  readonly state: string;
  readonly endedAt: number | null;
}

/** The calls that have not ended, from REST. */
export async function liveCalls({ patchcord }: TelephoneSystem): Promise<LiveCall[]> {
  const { status, body } = await patchcord.rest.get<{ items: LiveCall[] }>("calls");
  if (status !== 200) throw new Error(`GET /calls answered ${status}: ${JSON.stringify(body)}`);
  return body.items;
}

export async function callById({ patchcord }: TelephoneSystem, id: string): Promise<LiveCall> {
  const { status, body } = await patchcord.rest.get<LiveCall>(`calls/${id}`);
  if (status !== 200) throw new Error(`GET /calls/${id} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

const liveLegs = (call: LiveCall): LiveLeg[] => call.legs.filter(({ endedAt }) => endedAt === null);

/** The live leg of a phone. */
export function legOf(call: LiveCall, number: string): LiveLeg {
  const leg = liveLegs(call).find((candidate) => candidate.number === number);
  if (!leg) throw new Error(`no live leg of ${number} in ${JSON.stringify(call)}`);
  return leg;
}

/**
 * Resolves to the live calls once their legs are exactly the channels that the switch itself has, and every call is
 * in `state` (`none`: there is no call).
 */
export async function expectCallsOfSwitch(
  system: TelephoneSystem,
  state?: string,
  seconds = 20,
): Promise<LiveCall[]> {
  let calls: LiveCall[] = [];
  await until(
    `GET /calls equals the switch's own list${state ? ` and is ${state}` : ""}`,
    async () => {
      const channels = await system.freeSwitch.channels();
      calls = await liveCalls(system);
      const uuids = calls.flatMap((call) => liveLegs(call).map(({ uuid }) => uuid)).toSorted();
      const equal = uuids.join() === channels.join();
      const fits =
        state === "none" ? calls.length === 0 : calls.every((call) => !state || call.state === state);
      const some = state === undefined || state === "none" || calls.length > 0;
      if (equal && fits && some) return true;
      throw new Error(`switch ${channels.join()} | calls ${JSON.stringify(calls)}`);
    },
    { seconds, everyMilliseconds: 100 },
  );
  return calls;
}

/** Ends every call there is, so that one test's failure is not the next one's. */
export async function endCalls(system: TelephoneSystem): Promise<void> {
  for (const { id } of await liveCalls(system)) await system.patchcord.rest.delete(`calls/${id}`);
  await expectCallsOfSwitch(system, "none");
}
