import { beforeAll, describe, expect, test } from "vitest";
import type { Phone } from "./harness/baresip.ts";
import { expectCallsOfSwitch } from "./harness/calls.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";

describe("the command line, on a real switch", () => {
  const system = systemOfFile(async () => TelephoneSystem.start({ extensions: { from: 1000, to: 1002 } }));
  let one: Phone;
  let two: Phone;

  beforeAll(async () => {
    [one, two] = (await system().phones("1001", "1002")) as [Phone, Phone];
  });

  /** What the command prints with `--json`; rejects unless it exits with 0. */
  async function json<Output>(...args: string[]): Promise<Output> {
    const { code, output } = await system().patchcord.command(...args, "--json");
    if (code !== 0) throw new Error(`patchcord ${args.join(" ")} exited with ${code}: ${output}`);
    return JSON.parse(output) as Output;
  }

  test("dial connects two phones, calls lists the call, hangup ends it", async () => {
    const { id } = await json<{ id: string }>("dial", "1001", "1002");
    await one.rings();
    await one.answer();
    await two.rings();
    await two.answer();
    await Promise.all([one.hears(two.tone), two.hears(one.tone)]);
    await expectCallsOfSwitch(system(), "active");
    const listed = JSON.stringify(await json("calls"));
    expect(listed).toContain(id);
    await json("hangup", id);
    await Promise.all([one.event("CALL_CLOSED"), two.event("CALL_CLOSED")]);
    expect(await expectCallsOfSwitch(system(), "none")).toEqual([]);
  });

  test("explain tells the very route that the switch takes", async () => {
    const explained = await json<{
      outcome: { kind: string; target: string };
      actions: { application: string }[];
    }>("explain", "1001", "1002");
    expect(explained.outcome).toEqual({ kind: "extension", target: "1002" });
    expect(explained.actions.at(-1)?.application).toBe("bridge");
    const unknown = await json<{ outcome: { kind: string; target: string } }>("explain", "1001", "7777777");
    expect(unknown.outcome).toEqual({
      kind: "reject",
      target: "UNALLOCATED_NUMBER",
      reason: "7777777 is not provisioned",
    });
  });

  test("dial --wait tells in words why nobody answered, and that somebody did", async () => {
    await json("extensions", "add", "1003");
    const refused = await system().patchcord.command("dial", "1003", "1001", "--wait", "20");
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("no phone is registered as 1003 (USER_NOT_REGISTERED)");
    const unanswered = await system().patchcord.command("dial", "echo", "1003", "--wait", "20");
    expect(unanswered.output).toContain("no phone is registered as 1003");
    const waiting = system().patchcord.command("dial", "1001", "1002", "--wait", "30");
    await one.rings();
    await one.answer();
    await two.rings();
    await two.answer();
    const { code, output } = await waiting;
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/^(\S+)\n\1 was answered\n$/),
    });
    await json("hangup", output.split("\n", 1)[0] ?? "");
    await Promise.all([one.event("CALL_CLOSED"), two.event("CALL_CLOSED")]);
  });

  test("what is refused exits with 1, wrong usage with 2", async () => {
    expect((await system().patchcord.command("hangup", "nothing")).code).toBe(1);
    expect((await system().patchcord.command("dial", "1001")).code).toBe(2);
  });
});
