import { describe, expect, test } from "vitest";
import type { OriginateRequest, Referred } from "../../../src/core/calls/index.ts";
import { channelCommand, originateCommand } from "../../../src/switch/originate.ts";

const issued: Referred[] = [];
const numbering = {
  domain: "d.test",
  proxyAccount: "1000",
  issue: (referred: Referred) => `reference-${issued.push(referred)}`,
};
const extension = (number: string): OriginateRequest["from"] => ({ kind: "extension", number });

const line = (over: Partial<OriginateRequest> = {}): string =>
  originateCommand(
    {
      call: "CALL",
      from: extension("1001"),
      to: extension("1002"),
      callerIdName: null,
      callerIdNumber: null,
      timeoutSeconds: 30,
      autoAnswer: false,
      dtmfAfterAnswer: null,
      variables: {},
      ...over,
    },
    numbering,
  ).line;

/** Variables of the line, undone far enough for values without the characters that were escaped. */
const variablesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    (/\{\^\^:(.*)\}/.exec(text)?.[1] ?? "").split(":").map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );

describe("originate", () => {
  test("two extensions: the first is called, then dials the second", () => {
    const text = line();
    expect(text).toMatch(/^originate \{[^}]*\}user\/1001@d\.test 1002 XML default$/);
    expect(variablesOf(text)).toEqual({
      patchcord_call: "CALL",
      patchcord_from: "1001",
      patchcord_to: "1002",
      export_vars: "patchcord_call,patchcord_from,patchcord_to,originate_timeout",
      origination_caller_id_name: "1002",
      origination_caller_id_number: "1002",
      effective_caller_id_name: "1001",
      effective_caller_id_number: "1001",
      originate_timeout: "30",
      ignore_early_media: "true",
    });
  });

  test.each([
    [
      "a web user is dialled as a phone does",
      { to: { kind: "webUser", number: "5551" } },
      "05551 XML default",
    ],
    ["echo", { to: { kind: "app", app: "echo" } }, "&echo()"],
    ["park", { to: { kind: "app", app: "park" } }, "&park()"],
    ["a conference", { to: { kind: "app", app: "conference", room: "sales" } }, "&conference(sales@default)"],
  ] as const)("%s", (_name, over, destination) => {
    expect(line(over).endsWith(`user/1001@d.test ${destination}`)).toBe(true);
  });

  test("a web user as the first side is reached through the proxy account, with a reference", () => {
    issued.length = 0;
    const text = line({ from: { kind: "webUser", number: "77" }, callerIdName: "Desk" });
    expect(text.endsWith("user/1000@d.test 1002 XML default")).toBe(true);
    expect(text).toContain(String.raw`sip_h_X-Number=<sip`);
    expect(variablesOf(text)).toMatchObject({
      "sip_h_X-Patchcord-Ref": "reference-1",
      effective_callee_id_number: "077",
      media_webrtc: "false",
    });
    const callerId = { name: "Desk", number: null };
    expect(issued).toEqual([{ kind: "to-web-user", user: "77", uuid: null, number: "077", callerId }]);
  });

  test("nobody else is called by a reference", () => {
    issued.length = 0;
    expect(line({ to: { kind: "webUser", number: "77" } })).not.toContain("Patchcord-Ref");
    expect(issued).toEqual([]);
  });

  test("a caller id that is given is shown to both", () => {
    const variables = variablesOf(line({ callerIdName: "Desk", callerIdNumber: "42" }));
    for (const who of ["origination", "effective"]) {
      expect(variables[`${who}_caller_id_name`]).toBe("Desk");
      expect(variables[`${who}_caller_id_number`]).toBe("42");
    }
  });

  test("only the first phone is asked to answer by itself", () => {
    const text = line({ autoAnswer: true });
    expect(variablesOf(text)["sip_auto_answer"]).toBe("true");
    expect(text).toMatch(/execute_on_answer_1=unset\\+ssip_h_Call-Info/);
  });

  test("digits for an application are sent by the switch, those for a second side are not its affair", () => {
    const app = { kind: "app", app: "echo" } as const;
    expect(line({ to: app, dtmfAfterAnswer: "1w2" })).toMatch(/execute_on_answer_1=send_dtmf\\+s1w2/);
    expect(line({ dtmfAfterAnswer: "1w2" })).not.toContain("dtmf");
  });

  test("how long a web user rings is not the call's affair", () => {
    expect(variablesOf(line({ to: { kind: "webUser", number: "5" } }))["export_vars"]).toBe(
      "patchcord_call,patchcord_from,patchcord_to",
    );
  });

  test("an app's variable cannot take the place of ours", () => {
    expect(variablesOf(line({ variables: { patchcord_call: "OTHER", note: "x" } }))).toMatchObject({
      patchcord_call: "CALL",
      note: "x",
    });
  });

  test.each([
    ["a second target", { from: extension("1001,user/1002") }, "invalid-number"],
    ["a second command", { callerIdName: "a\n\napi shutdown" }, "unsafe-text"],
    ["a bracket", { variables: { a: "}user/1" } }, "unsafe-text"],
    ["a NUL", { variables: { a: "\0" } }, "unsafe-text"],
  ] as const)("%s is refused", (_name, over, code) => {
    expect(() => line(over)).toThrow(expect.objectContaining({ code }));
  });
});

test.each([
  [{ verb: "hangup", uuid: "u", cause: "USER_BUSY" }, "uuid_kill u USER_BUSY"],
  [{ verb: "hold", uuid: "u" }, "uuid_hold u"],
  [{ verb: "resume", uuid: "u" }, "uuid_hold off u"],
  [{ verb: "transfer", uuid: "u", to: "1003", context: "default" }, "uuid_transfer u 1003 XML default"],
  [{ verb: "bridge", uuid: "u", other: "v" }, "uuid_bridge u v"],
  [{ verb: "park", uuid: "u" }, "uuid_park u"],
  [{ verb: "dtmf", uuid: "u", digits: "1w2" }, "uuid_send_dtmf u 1w2"],
  [{ verb: "answer", uuid: "u" }, undefined],
] as const)("%j", (command, expected) => {
  expect(channelCommand(command)?.line).toBe(expected);
});
