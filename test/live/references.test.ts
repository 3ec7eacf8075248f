import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Call } from "../../src/core/calls/index.ts";
import type { Capture } from "./harness/capture.ts";
import { headerValues } from "./harness/sip-message.ts";
import { until } from "./harness/until.ts";
import { WebUserStage } from "./harness/web-user-stage.ts";

let stage: WebUserStage;
let capture: Capture;

beforeAll(async () => {
  stage = await WebUserStage.open({ environment: { PATCHCORD_WEB_DIAL_RULE: "10[01-02];9196" } });
  capture = await stage.system.capture();
});
afterAll(() => stage.close());

afterEach(async () => {
  await stage.system.freeSwitch.api("hupall NORMAL_CLEARING");
  await until("every call has ended", () => stage.patchcord.calls.list({ live: true }).length === 0);
});

/** The only live call, once it fits. */
const liveCall = async (fits: (call: Call) => boolean): Promise<Call> =>
  until("the call", () => {
    const [call, ...others] = stage.patchcord.calls.list({ live: true });
    if (others.length > 0) throw new Error("there are several calls");
    if (call && fits(call)) return call;
    throw new Error(JSON.stringify(call));
  });

const connected = async (...numbers: string[]): Promise<Call> =>
  liveCall(({ legs }) => {
    const talking = legs.filter(({ bridgedWith }) => bridgedWith !== null).map(({ number }) => number);
    return talking.toSorted().join() === numbers.toSorted().join();
  });

/** Of a From header: `"NAME" <sip:NUMBER@`, in the bytes that came. */
const shownBy = (dialog: { headers(name: string): string[] }): string[] => {
  const [, name = "", number = ""] = /^"(.*)" <sip:(\d+)@/.exec(dialog.headers("from")[0] ?? "") ?? [];
  return [Buffer.from(name, "latin1").toString(), number];
};

const uri = (number: string): string => `sip:${number}@${stage.system.domain}`;

describe("a phone calls a web user", () => {
  test("by a reference that holds once; the phone is shown whom it dialled", async () => {
    const { phones, proxy, patchcord } = stage;
    const since = capture.messages.length;
    const caller = phones["1001"].dial("077");
    const device = await proxy.incoming();
    const [reference = "", ...others] = device.headers("x-patchcord-ref");
    expect(others).toEqual([]);
    const { legs } = await liveCall((call) => call.legs.length === 2);
    expect(patchcord.references.redeem(reference)).toEqual({
      kind: "to-web-user",
      user: "77",
      uuid: legs[0]?.uuid,
      number: "077",
    });
    expect(patchcord.references.redeem(reference)).toBeNull();
    device.ring();
    patchcord.references.answered(reference, "Ann");
    device.answer();
    await caller.answered;
    const call = await connected("1001", "077");
    expect(call).toMatchObject({ from: { number: "1001" }, to: { number: "077", name: "Ann" } });
    const answer = await capture.message(
      "the answer to 1001",
      ({ startLine, headers, sourcePort }) =>
        startLine.startsWith("SIP/2.0 200") &&
        sourcePort === stage.system.sipPort &&
        headers.some(([name, value]) => name === "From" && value.includes("sip:1001@")) &&
        headers.some(([name, value]) => name === "CSeq" && value.endsWith("INVITE")),
      { since },
    );
    expect(headerValues(answer, "Remote-Party-ID")).toEqual([
      `"077" <${uri("077")}>;party=calling;privacy=off;screen=no`,
    ]);
    expect(JSON.stringify(answer.headers)).not.toContain(reference);
  });

  test("and sends it on: the next phone sees the web user, the rule of what web users dial says nothing", async () => {
    const { phones, proxy, patchcord } = stage;
    const caller = phones["1001"].dial("077");
    const device = await proxy.incoming();
    const [reference = ""] = device.headers("x-patchcord-ref");
    patchcord.references.redeem(reference);
    patchcord.references.answered(reference, "Ann");
    device.answer();
    await caller.answered;
    await connected("1001", "077");
    expect(await caller.refer(uri("1003"))).toBe(202);
    const other = await phones["1003"].incoming();
    expect(shownBy(other)).toEqual(["Ann", "077"]);
    expect([...other.headers("x-patchcord-ref"), ...other.headers("x-number")]).toEqual([]);
    other.answer();
    const call = await connected("077", "1003");
    expect(call).toMatchObject({ from: { number: "1001" }, to: { number: "077", name: "Ann" } });
  });
});

describe("a web user calls a phone", () => {
  test.each(["Ann", `Zoë "Q" \${system(id)} 100%/a:b@c\\`, ""])("which shows it as %j", async (name) => {
    const reference = stage.issue(name);
    const device = stage.dial("1001", reference);
    const phone = await stage.phones["1001"].incoming();
    const shown = name.replaceAll('"', "'").replaceAll("\\", "/");
    expect(shownBy(phone)).toEqual([shown || "077", "077"]);
    expect(phone.headers("x-patchcord-ref")).toEqual([]);
    phone.answer();
    expect(await device.answered).toBe(200);
    const call = await connected("077", "1001");
    expect(call).toMatchObject({ from: { number: "077", name }, to: { number: "1001" } });
    expect(call.legs.map(({ reference: own }) => own)).toEqual([reference, null]);
  });

  test("which sends it on wherever it likes, and the next one shows it still", async () => {
    const device = stage.dial("1001", stage.issue("Ann"));
    const phone = await stage.phones["1001"].incoming();
    phone.answer();
    await device.answered;
    await connected("077", "1001");
    expect(await phone.refer(uri("1003"))).toBe(202);
    const other = await stage.phones["1003"].incoming();
    expect(shownBy(other)).toEqual(["Ann", "077"]);
    other.answer();
    await connected("077", "1003");
  });

  test.each([
    ["1000", 403, "OUTGOING_CALL_BARRED"],
    ["3001", 403, "OUTGOING_CALL_BARRED"],
    ["9197", 403, "OUTGOING_CALL_BARRED"],
  ])("unless it dials %s, which its rule does not list: %i", async (number, status, cause) => {
    const device = stage.dial(number, stage.issue("Ann"));
    expect(await device.answered).toBe(status);
    const call = await until("the end of the call", () =>
      stage.patchcord.calls.list({ state: "ended" }).find(({ to }) => to.number === number),
    );
    expect(call).toMatchObject({ from: { number: "077", name: "Ann" }, cause });
  });

  test("or a service that the rule lists", async () => {
    expect(await stage.dial("9196", stage.issue("Ann")).answered).toBe(200);
  });
});

describe("the proxy account without a reference of its own is rejected", () => {
  test.each([
    ["none", () => []],
    ["a made-up one", () => ["X-Patchcord-Ref: AAAAAAAAAAAAAAAAAAAAAA"]],
    ["one beside a made-up one", () => ["X-Patchcord-Ref: forged", `X-Patchcord-Ref: ${stage.issue("Ann")}`]],
  ])("%s: 603", async (_, headers) => {
    const device = stage.proxy.dial("1001", headers(), `"Ann" <${uri("077")}>`);
    expect(await device.answered).toBe(603);
  });

  test("the one of a call that there was", async () => {
    const reference = stage.issue("Ann");
    const device = stage.dial("9196", reference);
    expect(await device.answered).toBe(200);
    expect(await stage.dial("9196", reference).answered).toBe(603);
  });
});

describe("a phone that shows a reference", () => {
  test("stolen before it was used calls as itself, and leaves the call that it was issued for", async () => {
    const stolen = stage.issue("Ann");
    const headers = [`X-Patchcord-Ref: ${stolen}`, "x-patchcord-ref: forged"];
    const caller = stage.phones["1001"].dial("1002", headers, `"Ann" <${uri("077")}>`);
    const callee = await stage.phones["1002"].incoming();
    expect(shownBy(callee)[1]).toBe("1001");
    expect(callee.headers("x-patchcord-ref")).toEqual([]);
    callee.answer();
    await caller.answered;
    const call = await connected("1001", "1002");
    expect(call.legs.map(({ reference }) => reference)).toEqual([null, null]);
    await caller.hangUp();
    await until("the call has ended", () => stage.patchcord.calls.list({ live: true }).length === 0);
    expect(await stage.dial("9196", stolen).answered).toBe(200);
  });

  test("to a web user is called for by another, which we issued", async () => {
    const stolen = stage.issue("Ann");
    stage.phones["1001"].dial("077", [`X-Patchcord-Ref: ${stolen}`, "X-Patchcord-Ref: forged"]);
    const device = await stage.proxy.incoming();
    const [reference = "", ...others] = device.headers("x-patchcord-ref");
    expect(others).toEqual([]);
    expect(reference).not.toBe(stolen);
    expect(stage.patchcord.references.redeem(reference)).toMatchObject({ kind: "to-web-user", user: "77" });
    device.refuse(486, "Busy Here");
  });
});

describe("POST /calls from a web user", () => {
  test("rings its devices as a call of whom it is to talk with, who then sees the web user", async () => {
    const { patchcord, phones, proxy } = stage;
    const { id } = await patchcord.callService.dial({ from: "077", to: "1002" });
    const device = await proxy.incoming();
    expect(shownBy(device)).toEqual(["1002", "1002"]);
    const [reference = ""] = device.headers("x-patchcord-ref");
    expect(patchcord.references.redeem(reference)).toMatchObject({ user: "77", uuid: null, number: "077" });
    patchcord.references.answered(reference, "Ann");
    device.answer();
    const callee = await phones["1002"].incoming();
    expect(shownBy(callee)).toEqual(["Ann", "077"]);
    expect([...callee.headers("x-patchcord-ref"), ...callee.headers("x-number")]).toEqual([]);
    callee.answer();
    const call = await connected("077", "1002");
    expect(call).toMatchObject({ id, from: { number: "077", name: "Ann" }, to: { number: "1002" } });
  });

  test("is shown as the app wants it shown, beyond the rule of what web users dial", async () => {
    const { patchcord, phones, proxy } = stage;
    await patchcord.callService.dial({
      from: "077",
      to: "1003",
      callerIdName: "Desk",
      callerIdNumber: "+15551234",
    });
    const device = await proxy.incoming();
    device.answer();
    const callee = await phones["1003"].incoming();
    expect(callee.headers("from")[0]).toMatch(/^"Desk" <sip:\+15551234@/);
  });

  test("to another one calls both by references of their own", async () => {
    const { patchcord, proxy } = stage;
    await patchcord.callService.dial({ from: "077", to: "088" });
    const first = await proxy.incoming();
    first.answer();
    const second = await proxy.incoming();
    expect([...first.headers("x-number"), ...second.headers("x-number")]).toEqual([
      `<${uri("77")}>`,
      `<${uri("88")}>`,
    ]);
    const [one, other] = [first, second].map((dialog) => dialog.headers("x-patchcord-ref"));
    expect([one?.length, other?.length]).toEqual([1, 1]);
    expect(one).not.toEqual(other);
    second.answer();
    await connected("077", "088");
  });
});
