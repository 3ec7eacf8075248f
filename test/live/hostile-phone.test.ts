import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { endCalls } from "./harness/calls.ts";
import { Capture } from "./harness/capture.ts";
import { freePort } from "./harness/ports.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";

/** Phones that hold one password, and want more than that gives them. */
describe("a hostile phone", () => {
  const system = systemOfFile(async () => TelephoneSystem.start());

  afterEach(async () => {
    await endCalls(system());
  });

  async function register(number: string, contact: string): Promise<void> {
    const { code, errors } = await system().sipp({
      scenario: "register-contact.xml",
      rows: [[...system().credentials(number)]],
      keys: { contact },
      calls: 1,
    });
    if (code !== 0) throw new Error(`${number} did not register: ${errors}`);
  }

  const call = async (number: string): Promise<string> =>
    system().freeSwitch.api(`originate {originate_timeout=3}user/${number}@${system().domain} &park()`);

  test("that registers a Contact with variables runs nothing on the switch", async () => {
    const file = join(system().home, "ran");
    const contact = String.raw`<sip:a,[api_on_originate=system touch\s${file}]loopback/9196@127.0.0.1>`;
    await register("1003", contact);
    expect(await call("1003")).toContain("-ERR");
    expect(existsSync(file)).toBe(false);
  });

  test.each([",", ":_:", "|"])(
    "that registers a Contact with %s reaches no second target",
    async (between) => {
      const number = { ",": "1004", ":_:": "1005", "|": "1006" }[between] ?? "";
      await register(number, `<sip:a@127.0.0.1:9;x=1${between}loopback/9196/default/XML>`);
      expect(await call(number)).toContain("-ERR");
      expect(await system().freeSwitch.channels()).toEqual([]);
    },
  );

  test("whose REFER replaces a call nobody has makes the switch call nobody", async () => {
    const stranger = await freePort();
    const capture = await Capture.start(system().home, [stranger]);
    try {
      const [callee] = await system().phones("1002");
      const target = `sip:1000@127.0.0.1:${stranger}`;
      const referTo = `<${target}?Replaces=none%40x%3Bto-tag%3D1%3Bfrom-tag%3D2&X-Number=%3Csip%3A666%40x%3E>`;
      const caller = await system().startSipp({
        scenario: "refer.xml",
        rows: [[...system().credentials("1001"), "1002"]],
        keys: { refer_to: referTo },
        calls: 1,
      });
      await callee?.rings();
      await callee?.answer();
      expect(await caller.finished()).toMatchObject({ code: 0, successful: 1 });
      await expect(capture.message("a call", () => true, { seconds: 3 })).rejects.toThrow(
        "a call on the wire",
      );
    } finally {
      await capture.close();
    }
  });
});
