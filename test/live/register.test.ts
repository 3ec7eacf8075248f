import { describe, expect, test } from "vitest";
import { report } from "./harness/figures.ts";
import { credentials } from "./harness/sipp.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { until } from "./harness/until.ts";

const from = 1000;
const to = 2599;
const proxyAccount = "1000";

describe("registration with digest", () => {
  const system = systemOfFile(async () => TelephoneSystem.start({ extensions: { from, to } }));

  test("every provisioned extension registers without a failure", async (context) => {
    const { passwords, patchcord } = system();
    expect(passwords.size).toBe(to - from);
    expect(passwords.has(proxyAccount)).toBe(false);
    const rows = [...passwords].map(([number, password]) => credentials(number, password));
    const begun = performance.now();
    const result = await system().sipp({
      scenario: "register.xml",
      rows,
      calls: rows.length,
      rate: 100,
      limit: 200,
      seconds: 90,
    });
    const seconds = (performance.now() - begun) / 1000;
    report(
      context,
      "Registrations by sipp at 100/s",
      `${result.successful} in ${seconds.toFixed(1)} s, ${result.failed} failed`,
    );
    expect(result).toEqual({ code: 0, successful: to - from, failed: 0, errors: "" });
    await until("GET /registrations lists them all", async () => {
      const seen = new Set<string>();
      let cursor: string | null = "";
      while (cursor !== null) {
        const path: string = `registrations?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
        const { body } = await patchcord.rest.get<{ items: { user: string }[]; next: string | null }>(path);
        for (const { user } of body.items) seen.add(user);
        cursor = body.next;
      }
      // The proxy account is registered as well: by Patchcord itself.
      const all = [proxyAccount, ...passwords.keys()];
      return seen.size === all.length && all.every((number) => seen.has(number));
    });
  });

  const refused = async (number: string, password: string): Promise<unknown> =>
    system().sipp({
      scenario: "register-refused.xml",
      rows: [credentials(number, password)],
      calls: 1,
      seconds: 15,
    });
  const asExpected = { code: 0, successful: 1, failed: 0, errors: "" };

  test("an unknown user gets 403", async () => {
    expect(await refused("2600", "whatever")).toEqual(asExpected);
  });

  test("a wrong password gets 403", async () => {
    expect(await refused("1001", "wrong")).toEqual(asExpected);
  });

  test("another extension's password gets 403", async () => {
    expect(await refused("1001", system().passwordOf("1002"))).toEqual(asExpected);
  });

  const registers = async (number: string, password = system().passwordOf(number)): Promise<unknown> =>
    system().sipp({ scenario: "register.xml", rows: [credentials(number, password)], calls: 1, seconds: 15 });

  // Each first fills the switch's directory cache: what it holds must not outlive the change.
  test("a disabled extension gets 403, and registers again once it is enabled", async () => {
    const { patchcord } = system();
    const set = async (enabled: boolean): Promise<void> => {
      expect((await patchcord.rest.patch("extensions/1003", { enabled })).status).toBe(200);
    };
    expect(await registers("1003")).toEqual(asExpected);
    await set(false);
    expect(await refused("1003", system().passwordOf("1003"))).toEqual(asExpected);
    await set(true);
    expect(await registers("1003")).toEqual(asExpected);
  });

  test("a changed password counts at once, the old one no more", async () => {
    const { patchcord } = system();
    const old = system().passwordOf("1004");
    expect(await registers("1004")).toEqual(asExpected);
    expect((await patchcord.rest.patch("extensions/1004", { password: "Quite-new-7" })).status).toBe(200);
    expect(await refused("1004", old)).toEqual(asExpected);
    expect(await registers("1004", "Quite-new-7")).toEqual(asExpected);
  });

  test("a removed extension gets 403", async () => {
    const { patchcord } = system();
    expect(await registers("1006")).toEqual(asExpected);
    expect((await patchcord.rest.delete("extensions/1006")).status).toBe(204);
    expect(await refused("1006", system().passwordOf("1006"))).toEqual(asExpected);
  });

  test("a phone whose TCP connection ends is no longer registered", async () => {
    const { patchcord } = system();
    const events = await patchcord.events("?types=registration.*");
    const rows = [system().credentials("1005")];
    const result = await system().sipp({ scenario: "register.xml", rows, calls: 1, transport: "tcp" });
    expect(result).toEqual(asExpected);
    const online = await events.event(
      "of 1005 being online",
      ({ type, data }) =>
        type === "registration.online" && data["user"] === "1005" && data["transport"] === "tcp",
    );
    const offline = await events.event(
      "of 1005 being offline",
      ({ type, data }) => type === "registration.offline" && data["user"] === "1005",
    );
    expect(events.events.indexOf(offline)).toBeGreaterThan(events.events.indexOf(online));
    events.close();
  });

  test.each(["none", "1234", proxyAccount])(
    "no phone registers as the proxy account with %j",
    async (password) => {
      expect(await refused(proxyAccount, password)).toEqual(asExpected);
    },
  );
});
