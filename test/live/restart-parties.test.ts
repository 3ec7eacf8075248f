import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { Phone, tones } from "./harness/baresip.ts";
import { callById, endCalls, expectCallsOfSwitch, legOf, type LiveCall } from "./harness/calls.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { until } from "./harness/until.ts";

interface Parties {
  readonly from: LiveCall["from"];
  readonly to: LiveCall["to"];
  /** Numbers by the uuids of the live legs. */
  readonly legs: Readonly<Record<string, string>>;
}

const partiesOf = ({ from, to, legs }: LiveCall): Parties => ({
  from,
  to,
  legs: Object.fromEntries(
    legs.filter(({ endedAt }) => endedAt === null).map(({ uuid, number }) => [uuid, number]),
  ),
});

/** The numbers of the live legs, in order. */
const numbersOf = (call: LiveCall): string[] => Object.values(partiesOf(call).legs).toSorted();

describe("who talks with whom is the same after Patchcord was killed and started again", () => {
  const system = systemOfFile(async () => TelephoneSystem.start());
  let one: Phone;
  let two: Phone;
  let three: Phone;

  beforeAll(async () => {
    [one, two, three] = (await system().phones("1001", "1002", "1003")) as [Phone, Phone, Phone];
  });

  afterEach(async () => {
    await endCalls(system());
  });

  async function onlyCall(state?: string): Promise<LiveCall> {
    const [call, ...others] = await expectCallsOfSwitch(system(), state);
    if (!call || others.length > 0) throw new Error("there is not exactly one call");
    return call;
  }

  /** Of the only call, once its legs are these; a phone rings before its leg is told. */
  async function restart(...numbers: string[]): Promise<{ before: LiveCall; after: LiveCall }> {
    const { patchcord } = system();
    const before = await until(`a call of ${numbers.join()}`, async () => {
      const call = await onlyCall();
      if (numbersOf(call).join() === numbers.join()) return call;
      throw new Error(JSON.stringify(call));
    });
    await patchcord.kill();
    await patchcord.start();
    await patchcord.ready();
    return { before, after: await onlyCall(before.state) };
  }

  async function dial(to: unknown): Promise<string> {
    const { status, body } = await system().patchcord.rest.post<{ id: string }>("calls", {
      from: "1001",
      to,
    });
    expect(status).toBe(202);
    await one.rings();
    return body.id;
  }

  async function dialled(): Promise<LiveCall> {
    const id = await dial("1002");
    await one.answer();
    await two.rings();
    await two.answer();
    await Promise.all([one.hears(two.tone), two.hears(one.tone)]);
    return callById(system(), id);
  }

  async function placed(): Promise<LiveCall> {
    await one.dial("1002", system().domain);
    await two.rings();
    await two.answer();
    await Promise.all([one.hears(two.tone), two.hears(one.tone)]);
    return onlyCall("active");
  }

  async function transferred(call: LiveCall, sent: Phone): Promise<void> {
    const leg = legOf(call, sent.number).uuid;
    const { status } = await system().patchcord.rest.post(`calls/${call.id}/transfer`, { leg, to: "1003" });
    expect(status).toBe(202);
    await reachesThree(sent);
  }

  async function reachesThree(sent: Phone): Promise<void> {
    await three.rings();
    await three.answer();
    await Promise.all([sent.hears(three.tone), three.hears(sent.tone)]);
  }

  test("in a dialled call, ringing and connected", async () => {
    const id = await dial("1002");
    const first = await restart("1001");
    await one.answer();
    await two.rings();
    const second = await restart("1001", "1002");
    expect(second.after).toMatchObject({ state: "ringing", answeredAt: null });
    await two.answer();
    await Promise.all([one.hears(two.tone), two.hears(one.tone)]);
    const third = await restart("1001", "1002");
    for (const { before, after } of [first, second, third]) {
      expect(after).toMatchObject({ id, from: { number: "1001" }, to: { number: "1002" } });
      expect(partiesOf(after)).toEqual(partiesOf(before));
    }
  });

  test.each([
    ["an application", { app: "echo" }, { number: "", name: "echo" }],
    ["a conference", { app: "conference", room: "3001" }, { number: "3001", name: "conference" }],
  ])("in a call that was dialled to %s", async (_, to, party) => {
    const id = await dial(to);
    await one.answer();
    await one.event("CALL_ESTABLISHED");
    await onlyCall("active");
    const { before, after } = await restart("1001");
    expect(after).toMatchObject({ id, from: { number: "1001", name: "" }, to: party });
    expect(partiesOf(after)).toEqual(partiesOf(before));
  });

  test.each(["1001", "1002"])("in a dialled call whose %s was transferred", async (number) => {
    const call = await dialled();
    await transferred(call, number === "1001" ? one : two);
    const { before, after } = await restart(number, "1003");
    expect(after).toMatchObject({ id: call.id, from: { number: "1001" }, to: { number: "1002" } });
    expect(partiesOf(after)).toEqual(partiesOf(before));
  });

  test("in a dialled call of which two phones of the first side rang, and one answered", async () => {
    const account = {
      number: "1001",
      password: system().passwordOf("1001"),
      domain: system().domain,
      port: system().sipPort,
    };
    const other = await Phone.start(join(system().home, "other"), account, tones[3]);
    try {
      const id = await dial("1002");
      await other.rings();
      const ringing = await restart("1001", "1001");
      await other.answer();
      await two.rings();
      await two.answer();
      await Promise.all([other.hears(two.tone), two.hears(other.tone)]);
      const connected = await restart("1001", "1002");
      for (const { before, after } of [ringing, connected]) {
        expect(after).toMatchObject({ id, from: { number: "1001" }, to: { number: "1002" } });
        expect(partiesOf(after)).toEqual(partiesOf(before));
      }
    } finally {
      await endCalls(system());
      await other.stop();
    }
  });

  test("in a call that a phone placed, ringing and connected", async () => {
    await one.dial("1002", system().domain);
    await two.rings();
    const ringing = await restart("1001", "1002");
    await two.answer();
    await Promise.all([one.hears(two.tone), two.hears(one.tone)]);
    const connected = await restart("1001", "1002");
    for (const { before, after } of [ringing, connected]) {
      expect(after).toMatchObject({ from: { number: "1001" }, to: { number: "1002" } });
      expect(partiesOf(after)).toEqual(partiesOf(before));
    }
  });

  test.each(["command", "REFER"])("in a call whose caller was sent on by %s", async (how) => {
    const call = await placed();
    if (how === "command") await transferred(call, one);
    else {
      await two.transfer(`sip:1003@${system().domain}`);
      await reachesThree(one);
    }
    const { before, after } = await restart("1001", "1003");
    expect(partiesOf(after)).toEqual(partiesOf(before));
  });

  // The leg that placed the call is gone, and its number with it: the call is told of those who are left.
  test.each(["command", "REFER"])(
    "but for a caller who is gone: its callee was sent on by %s",
    async (how) => {
      const call = await placed();
      if (how === "command") await transferred(call, two);
      else {
        await one.transfer(`sip:1003@${system().domain}`);
        await reachesThree(two);
      }
      const { before, after } = await restart("1002", "1003");
      expect(partiesOf(after).legs).toEqual(partiesOf(before).legs);
      expect(after).toMatchObject({ from: { number: "1002" }, to: { number: "1003" } });
    },
  );
});
