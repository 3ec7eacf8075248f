import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RouteDecision, RouteOutcome } from "../../../src/core/routing/index.ts";
import { actionsOf, explainRoute, renderDialplan } from "../../../src/dialplan/index.ts";
import { find, readXml } from "../../../src/protocol/fsxml/index.ts";
import { domain, provisioned } from "../../fakes/xml-curl.ts";

const decision = (outcome: RouteOutcome): RouteDecision => ({
  context: "default",
  dialled: "1",
  domain,
  steps: [],
  outcome,
});
const settings = { ringSeconds: 30 };

const outcomes: RouteOutcome[] = [
  { kind: "extension", name: "extension", number: "1001" },
  { kind: "webUser", name: "web-user", number: "5551234", proxyAccount: "1000" },
  { kind: "feature", name: "echo", feature: "echo", number: "9196" },
  { kind: "feature", name: "conference", feature: "conference", number: "3000" },
];

describe.each(outcomes)("$name", (outcome) => {
  test("distrusts what the phone sent before anything else", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^sip_h_P-[A-Za-z]{1,10}$/)), (forged) => {
        const actions = actionsOf(decision(outcome), settings, forged);
        const unset = actions.filter(({ application }) => application === "unset").map(({ data }) => data);
        expect(actions.slice(0, unset.length).every(({ application }) => application === "unset")).toBe(true);
        expect(unset).toEqual(
          expect.arrayContaining([...forged, "sip_h_X-Number", "nolocal:sip_h_X-Number"]) as string[],
        );
      }),
    );
  });

  test("says nothing that FreeSWITCH would evaluate", () => {
    for (const { data } of actionsOf(decision(outcome), settings)) expect(data).not.toMatch(/\$\{|\\|[\r\n]/);
  });

  test("is written as decided", () => {
    const actions = actionsOf(decision(outcome), settings, ["sip_h_P-x"]);
    const condition = find(
      readXml(renderDialplan(decision(outcome), settings, ["sip_h_P-x"])),
      "section=dialplan",
      "context=default",
      `extension=${outcome.name}`,
      "condition",
    );
    expect(condition?.attributes).toEqual({});
    expect(
      condition?.children.map(({ attributes: { application, data = "" } }) => ({ application, data })),
    ).toEqual(actions);
  });
});

test.each([
  ["extension", { kind: "extension", name: "extension", number: "1000,user/1001" }],
  ["webUser", { kind: "webUser", name: "web-user", number: "${system(id)}", proxyAccount: "1000" }],
  ["proxyAccount", { kind: "webUser", name: "web-user", number: "1", proxyAccount: "1000@evil" }],
] satisfies [string, RouteOutcome][])(
  "a number that is none does not reach a dial string: %s",
  (_, outcome) => {
    expect(() => actionsOf(decision(outcome), settings)).toThrow(/unsafe-text|invalid-number/);
  },
);

const explain = async (dialled: string, context = "default") =>
  explainRoute({ from: "1001", to: dialled, context, domain }, await provisioned(), settings);

describe("explaining a route", () => {
  test("shows the tests, the actions and the very document", async () => {
    const { outcome, steps, actions, xml } = await explain("1003");
    expect(outcome).toEqual({ kind: "extension", target: "1003" });
    expect(steps.at(-1)).toEqual({
      extension: "extension",
      field: "directory",
      expression: `1003@${domain} enabled`,
      value: "enabled",
      pass: true,
    });
    expect(actions.at(-1)).toEqual({ application: "bridge", data: `user/1003@${domain}` });
    expect(xml).toContain(`<action application="bridge" data="user/1003@${domain}"/>`);
  });

  test("of what is rejected tells the cause", async () => {
    expect((await explain("1999")).outcome).toEqual({
      kind: "reject",
      target: "UNALLOCATED_NUMBER",
      reason: "1999 is not provisioned",
    });
    expect((await explain("1003", "public")).steps).toEqual([
      { extension: "context", field: "context", expression: "^default$", value: "public", pass: false },
    ]);
  });

  test("of a feature tells the number that leads there", async () => {
    expect((await explain("9196")).outcome).toEqual({ kind: "feature", target: "9196" });
  });

  test("takes the context of the caller; who is not provisioned is a stranger, and is told so", async () => {
    const directory = await provisioned();
    const from = async (caller: string) =>
      explainRoute({ from: caller, to: "1003", domain }, directory, settings);
    expect(await from("1003")).toMatchObject({ context: "default", outcome: { kind: "extension" } });
    expect(await from("")).toMatchObject({
      context: "public",
      outcome: { reason: 'nothing can be reached from the context "public"' },
    });
    expect(await from("9999")).toMatchObject({
      context: "public",
      outcome: {
        target: "UNALLOCATED_NUMBER",
        reason:
          '9999 is not provisioned, so it is a stranger: nothing can be reached from the context "public"',
      },
    });
  });
});
