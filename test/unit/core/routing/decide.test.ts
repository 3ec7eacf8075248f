import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Extension } from "../../../../src/core/extensions/index.ts";
import {
  decide,
  parseDestination,
  parseDialRule,
  type RouteDirectory,
} from "../../../../src/core/routing/index.ts";

const domain = "patchcord.local";

const made = (number: string, fields: Partial<Extension> = {}): Extension => ({
  number,
  domain,
  displayName: number,
  callerIdName: "",
  callerIdNumber: "",
  context: "default",
  callGroup: "",
  tollAllow: "",
  enabled: true,
  kind: "phone",
  ha1: "0".repeat(32),
  ...fields,
});

const stored = [
  made("1000", { kind: "proxy" }),
  made("1001"),
  made("1002", { enabled: false }),
  made("3000"),
  made("9196"),
];
const asked: string[] = [];
const directory: RouteDirectory = {
  proxyAccount: "1000",
  extension(at, number) {
    asked.push(number);
    return Promise.resolve(stored.find((one) => one.domain === at && one.number === number));
  },
};

const everything = { webDialRule: null };
const route = async (dialled: string, context = "default", at = domain) =>
  decide(
    { context, dialled, caller: { kind: "extension", number: "1001" }, domain: at },
    directory,
    everything,
  );

const unallocated = { kind: "reject", cause: "UNALLOCATED_NUMBER" };

describe("the default context", () => {
  test.each([
    ["05551234", { kind: "webUser", number: "5551234", proxyAccount: "1000" }],
    ["00", { kind: "webUser", number: "0" }],
    [`0${"9".repeat(20)}`, { kind: "webUser", number: "9".repeat(20) }],
    ["1001", { kind: "extension", number: "1001" }],
    ["9196", { kind: "feature", feature: "echo" }],
    ["9197", { kind: "feature", feature: "milliwatt" }],
    ["9664", { kind: "feature", feature: "music" }],
    ["3000", { kind: "feature", feature: "conference", number: "3000" }],
    ["3099", { kind: "feature", feature: "conference", number: "3099" }],
    ["3100", { ...unallocated, name: "unknown-number" }],
    ["0", { ...unallocated, name: "unknown-number" }],
    ["1000", { ...unallocated, name: "unknown-number" }],
    ["1002", { ...unallocated, name: "unknown-number" }],
    ["1003", { ...unallocated, name: "unknown-number" }],
    ["*97", { ...unallocated, name: "unknown-number" }],
    ["+15551234567", { ...unallocated, name: "unknown-number" }],
    ["", { ...unallocated, name: "not-diallable" }],
    [`0${"9".repeat(21)}`, { ...unallocated, name: "not-diallable" }],
    ["80051000,user/1001", { ...unallocated, name: "not-diallable" }],
    ["0555\n", { ...unallocated, name: "not-diallable" }],
    ["1001\n", { ...unallocated, name: "not-diallable" }],
    ["1001@evil", { ...unallocated, name: "not-diallable" }],
    ["0${system(id)}", { ...unallocated, name: "not-diallable" }],
    ["٠٥٥٥", { ...unallocated, name: "not-diallable" }],
  ])("%j", async (dialled, outcome) => {
    expect((await route(dialled)).outcome).toMatchObject(outcome);
  });

  test("the trace ends with the test that decided", async () => {
    const { steps } = await route("1001");
    expect(steps.map(({ extension, field, pass }) => [extension, field, pass])).toEqual([
      ["context", "context", true],
      ["diallable", "destination_number", true],
      ["web-user", "destination_number", false],
      ["echo", "destination_number", false],
      ["milliwatt", "destination_number", false],
      ["music", "destination_number", false],
      ["conference", "destination_number", false],
      ["extension", "destination_number", true],
      ["extension", "directory", true],
    ]);
    expect((await route("1002")).steps.at(-1)).toMatchObject({ value: "disabled", pass: false });
    expect((await route("1003")).steps.at(-1)).toMatchObject({ value: "absent", pass: false });
    expect((await route("1000")).steps.at(-1)).toMatchObject({ value: "proxy account", pass: false });
  });
});

test.each(["public", "", "Default", "default\n"])(
  "nothing is reachable in the context %j",
  async (context) => {
    for (const dialled of ["1001", "05551234", "9196"]) {
      expect((await route(dialled, context)).outcome).toMatchObject({
        ...unallocated,
        name: "unknown-context",
      });
    }
  },
);

/** What becomes of what a web user dials, or is sent on to. */
const asWebUser = async (dialled: string, rule: string, dials = true) => {
  const caller = { kind: "webUser", number: "77", shown: { number: "077", name: "Ann" }, dials } as const;
  const webDialRule = parseDialRule(rule);
  return (await decide({ context: "default", dialled, caller, domain }, directory, { webDialRule })).outcome;
};

describe("a web user", () => {
  test.each(["1001", "9196", "3001", "05551234"])(
    "dials %s as everybody does if there is no rule",
    async (to) => {
      expect(await asWebUser(to, "")).toEqual((await route(to)).outcome);
    },
  );

  test.each(["9196", "3001", "05551234", "3000", "4711"])(
    "is refused %s, which its rule does not list",
    async (to) => {
      expect(await asWebUser(to, "10[01-19]")).toEqual({
        kind: "reject",
        name: "web-dial-rule",
        cause: "OUTGOING_CALL_BARRED",
        reason: `web users may not dial ${to}: webDialRule does not list it`,
      });
    },
  );

  test("reaches what its rule lists, if that exists", async () => {
    expect(await asWebUser("1001", "10[01-19];9196")).toMatchObject({ kind: "extension", number: "1001" });
    expect(await asWebUser("9196", "10[01-19];9196")).toMatchObject({ kind: "feature", feature: "echo" });
    expect(await asWebUser("1003", "10[01-19];9196")).toMatchObject(unallocated);
  });

  test("is sent on by others wherever they like", async () => {
    expect(await asWebUser("9196", "1001", false)).toMatchObject({ kind: "feature", feature: "echo" });
  });

  test("of whom nothing is proven is rejected, whatever is dialled and in whatever context", async () => {
    for (const context of ["default", "public"]) {
      for (const dialled of ["1001", "077", "9196", "", "x"]) {
        const query = { context, dialled, caller: { kind: "unproven" }, domain } as const;
        expect((await decide(query, directory, everything)).outcome).toMatchObject({
          kind: "reject",
          cause: "CALL_REJECTED",
        });
      }
    }
  });
});

test("an extension of another domain is unknown", async () => {
  expect((await route("1001", "default", "other.local")).outcome).toMatchObject(unallocated);
});

test("whatever is dialled, what leads on is digits, and the directory is asked for digits only", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.stringMatching(/^[0-9*#+]{0,24}$/),
        fc.stringMatching(/^0?[0-9]{1,4}[,|@'{}[\]$&;\r\n ]user\/1001$/),
      ),
      async (dialled) => {
        asked.length = 0;
        const { outcome } = await route(dialled);
        expect(outcome.kind === "reject" ? "1" : outcome.number).toMatch(/^[0-9]{1,20}$/);
        for (const number of asked) expect(number).toMatch(/^[0-9]{2,15}$/);
      },
    ),
  );
});

describe("a destination that an app names", () => {
  test.each([
    ["1001", { kind: "extension", number: "1001" }],
    ["05551234", { kind: "webUser", number: "5551234" }],
    ["9196", { kind: "app", app: "echo" }],
    ["3007", { kind: "app", app: "conference", room: "3007" }],
  ])("%s", async (text, destination) => {
    expect(await parseDestination(text, domain, directory)).toEqual(destination);
  });

  test.each([
    ["1003", "extension-not-found"],
    ["1002", "extension-not-found"],
    ["1000", "extension-not-found"],
    ["9197", "invalid-number"],
    ["9664", "invalid-number"],
    ["0", "invalid-number"],
    ["", "invalid-number"],
    ["80051000,user/1001", "invalid-number"],
    ["sofia/internal/x@evil", "invalid-number"],
    ["1001\r\nbgapi status", "invalid-number"],
  ])("%j is refused with %s", async (text, code) => {
    await expect(parseDestination(text, domain, directory)).rejects.toMatchObject({ code });
  });
});
