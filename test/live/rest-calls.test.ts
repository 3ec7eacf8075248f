import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Phone } from "./harness/baresip.ts";
import { callById, endCalls, expectCallsOfSwitch, legOf, type LiveCall } from "./harness/calls.ts";
import type { Capture } from "./harness/capture.ts";
import type { EventStream } from "./harness/event-stream.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";

interface Operation {
  readonly operation: string;
  readonly call: string;
}

describe("over REST", () => {
  const system = systemOfFile(async () => TelephoneSystem.start());
  let events: EventStream;
  let capture: Capture;
  let one: Phone;
  let two: Phone;
  let three: Phone;

  beforeAll(async () => {
    events = await system().patchcord.events("?types=call.*,operation.*");
    capture = await system().capture();
    [one, two, three] = (await system().phones("1001", "1002", "1003")) as [Phone, Phone, Phone];
  });

  afterEach(async () => {
    await endCalls(system());
  });

  async function dial(request: Record<string, unknown>): Promise<string> {
    const { status, body } = await system().patchcord.rest.post<{ id: string }>("calls", request);
    if (status !== 202) throw new Error(`POST /calls answered ${status}: ${JSON.stringify(body)}`);
    return body.id;
  }

  /** 1001 talks to 1002: resolves once each hears the other. */
  async function connect(): Promise<LiveCall> {
    const id = await dial({ from: "1001", to: "1002" });
    await one.rings();
    await one.answer();
    await two.rings();
    await two.answer();
    await Promise.all([one.hears(two.tone), two.hears(one.tone)]);
    return callById(system(), id);
  }

  /** Asks for a verb and resolves to the event of its outcome. */
  async function perform(call: string, verb: string, body: Record<string, unknown> = {}): Promise<string> {
    const answer = await system().patchcord.rest.post<Operation>(`calls/${call}/${verb}`, body);
    if (answer.status !== 202)
      throw new Error(`${verb} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    const { operation } = answer.body;
    const outcome = await events.event(`of ${verb}`, ({ data }) => data["operation"] === operation);
    return outcome.type;
  }

  /** Resolves to the next request or response that the switch sends to a phone. */
  const sentTo = async (phone: Phone, since: number, what: RegExp): Promise<string> => {
    const message = await capture.message(
      `${what} to ${phone.number}`,
      ({ destinationPort, startLine, headers, body }) =>
        destinationPort === phone.port && what.test(`${startLine}\n${headers.flat().join("\n")}\n${body}`),
      { since },
    );
    return message.startLine;
  };

  test("POST /calls connects two phones, its events in order", async () => {
    const { id } = await connect();
    const [call] = await expectCallsOfSwitch(system(), "active");
    expect(call).toMatchObject({ id, from: { number: "1001" }, to: { number: "1002" } });
    expect(await perform(id, "hangup")).toBe("call.ended");
    await Promise.all([one.event("CALL_CLOSED"), two.event("CALL_CLOSED")]);
    expect(events.typesOf(id)).toEqual([
      "call.created",
      // One phone after the other.
      "call.ringing",
      "call.ringing",
      "call.answered",
      "call.bridged",
      "call.ended",
    ]);
    const { body } = await system().patchcord.rest.get<{ timeline: { type: string }[] }>(`calls/${id}`);
    expect(body.timeline.map(({ type }) => type)).toEqual(events.typesOf(id));
  });

  test("POST /calls to a phone that is not registered ends with its cause", async () => {
    const id = await dial({ from: "1009", to: "1001" });
    await events.event("call.ended", ({ type, data }) => type === "call.ended" && data["call"] === id);
    expect((await callById(system(), id)).cause).toBe("USER_NOT_REGISTERED");
  });

  test("the callee's refusal reaches the call's cause", async () => {
    const id = await dial({ from: "1001", to: "1002" });
    await one.rings();
    await one.answer();
    await two.rings();
    await two.hangUp();
    await events.event("call.ended", ({ type, data }) => type === "call.ended" && data["call"] === id);
    expect((await callById(system(), id)).cause).toBe("USER_BUSY");
  });

  test("hangup gives its cause to a caller who is still waiting", async () => {
    const since = capture.messages.length;
    await one.dial("1002", system().domain);
    await two.rings();
    const [call] = await expectCallsOfSwitch(system());
    expect(await perform(String(call?.id), "hangup", { cause: "USER_BUSY" })).toBe("call.ended");
    expect(await sentTo(one, since, /^SIP\/2.0 486 /)).toContain("486");
    expect(await sentTo(two, since, /^CANCEL /)).toContain("CANCEL");
    await Promise.all([one.event("CALL_CLOSED"), two.event("CALL_CLOSED")]);
    expect((await callById(system(), String(call?.id))).cause).toBe("USER_BUSY");
  });

  test("answer answers the caller while the callee still rings", async () => {
    const since = capture.messages.length;
    await one.dial("1002", system().domain);
    await two.rings();
    const [call] = await expectCallsOfSwitch(system());
    expect(await perform(String(call?.id), "answer")).toBe("call.answered");
    expect(await sentTo(one, since, /^SIP\/2.0 200 [^]*CSeq\n\d+ INVITE/)).toContain("200");
    await one.event("CALL_ESTABLISHED");
    await two.answer();
    await Promise.all([one.hears(two.tone), two.hears(one.tone)]);
  });

  test("hold silences the other phone, resume brings it back", async () => {
    const call = await connect();
    const since = capture.messages.length;
    const { uuid } = legOf(call, "1001");
    expect(await perform(call.id, "hold", { leg: uuid })).toBe("call.held");
    expect(await sentTo(one, since, /^INVITE [^]*a=(sendonly|inactive)/)).toContain("INVITE");
    await two.hears();
    await expectCallsOfSwitch(system(), "held");
    const sinceHeld = capture.messages.length;
    expect(await perform(call.id, "resume", { leg: uuid })).toBe("call.resumed");
    expect(await sentTo(one, sinceHeld, /^INVITE (?![^]*a=(sendonly|inactive|recvonly))/)).toContain(
      "INVITE",
    );
    await Promise.all([one.hears(two.tone), two.hears(one.tone)]);
    await expectCallsOfSwitch(system(), "active");
  });

  test.each([
    ["the caller's leg", "1001"],
    ["the callee's leg", "1002"],
    ["no leg, that is the caller's,", null],
  ])(
    "transfer of %s sends it to a third phone and lets the other go, the call keeps its id",
    async (_, named) => {
      const call = await connect();
      const since = capture.messages.length;
      const [sent, released] = named === "1002" ? [two, one] : [one, two];
      const leg = named === null ? {} : { leg: legOf(call, named).uuid };
      expect(await perform(call.id, "transfer", { ...leg, to: "1003" })).toBe("call.transferred");
      await three.rings();
      await three.answer();
      await released.event("CALL_CLOSED");
      expect(await sentTo(released, since, /^BYE /)).toContain("BYE");
      expect(await sentTo(three, since, /^INVITE /)).toContain("INVITE");
      await Promise.all([sent.hears(three.tone), three.hears(sent.tone)]);
      const [after, ...others] = await expectCallsOfSwitch(system(), "active");
      expect(others).toEqual([]);
      expect(after?.id).toBe(call.id);
    },
  );

  test("park leaves the leg waiting, bridge makes one call of two", async () => {
    const first = await dial({ from: "1001", to: { app: "park" } });
    await one.rings();
    await one.answer();
    await expectCallsOfSwitch(system(), "parked");
    const second = await dial({ from: "1002", to: { app: "park" } });
    await two.rings();
    await two.answer();
    await expectCallsOfSwitch(system(), "parked");
    expect(await perform(first, "bridge", { with: second })).toBe("call.bridged");
    await Promise.all([one.hears(two.tone), two.hears(one.tone)]);
    const [merged, ...others] = await expectCallsOfSwitch(system(), "active");
    expect([merged?.id, others]).toEqual([first, []]);
    expect(await callById(system(), second)).toMatchObject({
      state: "ended",
      cause: "MERGED",
      mergedInto: first,
    });
    const since = capture.messages.length;
    expect(await perform(first, "park")).toBe("call.parked");
    expect(await sentTo(two, since, /^BYE /)).toContain("BYE");
    await Promise.all([one.hears(), two.hears()]);
    expect((await expectCallsOfSwitch(system(), "parked"))[0]?.id).toBe(first);
  });

  test("dtmf reaches the phone digit by digit", async () => {
    const call = await connect();
    expect(await perform(call.id, "dtmf", { leg: legOf(call, "1002").uuid, digits: "59" })).toBe("call.dtmf");
    expect((await two.event("CALL_DTMF_START")).param).toBe("5");
    expect((await two.event("CALL_DTMF_START")).param).toBe("9");
    expect([one.digits, two.digits]).toEqual(["", "59"]);
  });

  test("echo gives a phone its own tone back", async () => {
    await dial({ from: "1001", to: { app: "echo" } });
    await one.rings();
    await one.answer();
    await one.hears(one.tone);
    expect(await expectCallsOfSwitch(system(), "active")).toHaveLength(1);
  });

  test("wait answers with the call after the verb", async () => {
    const call = await connect();
    const held = await system().patchcord.rest.post(`calls/${call.id}/hold?wait=10`, {});
    expect(held).toMatchObject({ status: 200, body: { id: call.id, state: "held" } });
    const ended = await system().patchcord.rest.post(`calls/${call.id}/hangup?wait=10`, {});
    expect(ended).toMatchObject({ status: 200, body: { id: call.id, state: "ended" } });
  });

  test("a verb that does not fit is refused with the state and what is allowed", async () => {
    const call = await connect();
    const refused = await system().patchcord.rest.post(`calls/${call.id}/resume`, {});
    expect(refused).toMatchObject({ status: 409, body: { code: "verb-not-allowed", state: "active" } });
    expect((refused.body as { allowed: string[] }).allowed).toContain("hold");
    await system().patchcord.rest.post(`calls/${call.id}/hangup?wait=10`, {});
    const late = await system().patchcord.rest.post(`calls/${call.id}/hold`, {});
    expect(late).toMatchObject({
      status: 409,
      body: { code: "verb-not-allowed", state: "ended", allowed: [] },
    });
  });

  test("a call hung up as soon as it is asked for leaves no channel", async () => {
    const ends = await system().patchcord.events("?types=switch.CHANNEL_HANGUP_COMPLETE");
    const id = await dial({ from: "1001", to: "1002", autoAnswer: true });
    // The same cause whether or not its leg was seen by then.
    expect(await perform(id, "hangup", { cause: "ORIGINATOR_CANCEL" })).toBe("call.ended");
    await ends.event("the leg's end", ({ data }) => data["variable_patchcord_call"] === id);
    await expectCallsOfSwitch(system(), "none");
    expect(await callById(system(), id)).toMatchObject({ state: "ended", cause: "ORIGINATOR_CANCEL" });
  });
});
