import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDialRule, type RouteDecision, type RouteOutcome } from "../../../src/core/routing/index.ts";
import { actionsOf, explainRoute, renderDialplan } from "../../../src/dialplan/index.ts";
import { find, readXml } from "../../../src/protocol/fsxml/index.ts";
import { domain, provisioned } from "../../fakes/xml-curl.ts";

const decision = (outcome: RouteOutcome): RouteDecision => ({
  context: "default",
  dialled: "1",
  domain,
  caller: { kind: "extension", number: "1001" },
  steps: [],
  outcome,
});
const settings = { ringSeconds: 30, webDialRule: null };
const facts = { forged: [], callerReference: null, calleeReference: "callee-reference" };

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
        const actions = actionsOf(decision(outcome), settings, { ...facts, forged });
        const unset = actions.filter(({ application }) => application === "unset").map(({ data }) => data);
        expect(actions.slice(0, unset.length).every(({ application }) => application === "unset")).toBe(true);
        expect(unset).toEqual(
          expect.arrayContaining([...forged, "sip_h_X-Number", "nolocal:sip_h_X-Number"]) as string[],
        );
      }),
    );
  });

  test("says nothing that FreeSWITCH would evaluate", () => {
    for (const { data } of actionsOf(decision(outcome), settings, facts))
      expect(data).not.toMatch(/\$\{|\\|[\r\n]/);
  });

  test("is written as decided", () => {
    const forged = { ...facts, forged: ["sip_h_P-x"] };
    const actions = actionsOf(decision(outcome), settings, forged);
    const condition = find(
      readXml(renderDialplan(decision(outcome), settings, forged)),
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
    expect(() => actionsOf(decision(outcome), settings, facts)).toThrow(/unsafe-text|invalid-number/);
  },
);

test("a web user is not called without a reference", () => {
  const toWebUser: RouteOutcome = { kind: "webUser", name: "web-user", number: "1", proxyAccount: "1000" };
  expect(() => actionsOf(decision(toWebUser), settings, { ...facts, calleeReference: null })).toThrow(
    "without a reference",
  );
});

const webUser = (name: string): RouteDecision["caller"] => ({
  kind: "webUser",
  number: "77",
  shown: { number: "077", name },
  dials: true,
});
describe("a caller that is a web user", () => {
  const shownIn = (name: string, outcome = outcomes[0] as RouteOutcome): (string | undefined)[] => {
    const actions = actionsOf({ ...decision(outcome), caller: webUser(name) }, settings, {
      ...facts,
      callerReference: "caller-reference",
    });
    const data = (what: string): string | undefined =>
      actions.find((one) => one.application === "set" && one.data.startsWith(`${what}=`))?.data;
    return [data("effective_caller_id_name"), data("effective_caller_id_number"), data("patchcord_ref")].map(
      (one) => one?.slice(one.indexOf("=") + 1),
    );
  };

  test.each(outcomes)("is shown as such to $name, and its channel keeps the reference", (outcome) => {
    expect(shownIn("Ann", outcome)).toEqual(["Ann", "077", "caller-reference"]);
  });

  test("is shown by its number if it has no name", () => {
    expect(shownIn("")).toEqual(["077", "077", "caller-reference"]);
  });

  test("has any printable name without the switch evaluating it", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[ -~à-ÿ]{1,40}$/).map((text) => "${system(id)}\\".concat(text)),
        (name) => {
          expect(shownIn(name)[0]).not.toMatch(/\$\{|\\|["%](?![0-9A-F]{2})/);
        },
      ),
    );
  });

  test("is nobody to whom a phone's own headers belong", () => {
    expect(
      actionsOf(decision(outcomes[0] as RouteOutcome), settings, {
        ...facts,
        callerReference: "caller-reference",
      }).filter(({ data }) => /effective_caller|patchcord_ref|caller-reference/.test(data)),
    ).toEqual([]);
  });
});

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

  test("for a web user, under its own rule, and calls nobody", async () => {
    const directory = await provisioned();
    const webDialRule = parseDialRule("10[01-04]");
    const from = async (caller: string, to: string) =>
      explainRoute({ from: caller, to, domain }, directory, { ringSeconds: 30, webDialRule });
    const admitted = await from("077", "1003");
    expect(admitted).toMatchObject({ context: "default", outcome: { kind: "extension", target: "1003" } });
    expect(admitted.actions).toContainEqual({
      application: "set",
      data: "effective_caller_id_number=077",
    });
    expect((await from("077", "1006")).outcome).toEqual({
      kind: "reject",
      target: "OUTGOING_CALL_BARRED",
      reason: "web users may not dial 1006: webDialRule does not list it",
    });
    expect((await from("1003", "1006")).outcome.kind).toBe("extension");
    const toWebUser = await from("1003", "077");
    expect(toWebUser.actions).toContainEqual({
      application: "export",
      data: "nolocal:sip_h_X-Patchcord-Ref=ISSUED-WHEN-CALLED",
    });
    expect((await from("1000", "1003")).outcome).toMatchObject({ kind: "reject", target: "CALL_REJECTED" });
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
