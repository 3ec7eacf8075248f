import { beforeEach, describe, expect, test } from "vitest";
import { Failure } from "../../../src/base/index.ts";
import { patchcord, sceneOfTest, type Scene } from "../../fakes/command-line.ts";
import { channelEvent, node } from "../../fakes/rest.ts";

const scene = sceneOfTest();
let world: Scene["world"];
beforeEach(() => {
  ({ world } = scene());
});

const party = (number: string) => ({ number, name: "" });

/** The call is asked for as by a real dial, and `then` happens to it at once. */
function dialling(then: (id: string) => void): void {
  world.service.dial = async () => {
    const id = "01CALL";
    const time = 1_700_000_000_000;
    world.calls.request({ id, from: party("1001"), to: party("1002"), node, time });
    then(id);
    return { id };
  };
}

describe("calls", () => {
  test("dial prints the call's id, and how to follow it", async () => {
    expect(await patchcord("dial 1001 1002 --caller-id-name Desk --timeout 20 --auto-answer")).toEqual({
      code: 0,
      out: "01CALL  (follow it: npx patchcord calls 01CALL)\n",
      err: "",
    });
    await patchcord("dial 1001 conference:3001");
    await patchcord("dial 1001 echo --json");
    expect(world.asked.map(([, request]) => request)).toEqual([
      { from: "1001", to: "1002", callerIdName: "Desk", timeoutSeconds: 20, autoAnswer: true },
      { from: "1001", to: { app: "conference", room: "3001" } },
      { from: "1001", to: { app: "echo" } },
    ]);
  });

  describe("dial --wait", () => {
    test("says that the call was answered", async () => {
      dialling((id) => {
        const { channel } = channelEvent("CHANNEL_CREATE", "a", 1);
        for (const [at, uuid] of ["a", "b"].entries()) {
          const placed = at === 0 ? { requestedCall: id } : { relatedTo: "a" };
          const leg = {
            ...channel,
            ...placed,
            direction: "outbound",
            uuid,
            createdAt: channel.createdAt + at,
          } as const;
          world.calls.apply(channelEvent("CHANNEL_CREATE", uuid, at * 2 + 1, { channel: leg }));
          world.calls.apply(
            channelEvent("CHANNEL_ANSWER", uuid, at * 2 + 2, {
              channel: { ...leg, answeredAt: 1_700_000_001_000, callState: "ACTIVE" },
            }),
          );
        }
      });
      expect(await patchcord("dial 1001 1002 --wait 5")).toEqual({
        code: 0,
        out: "01CALL\n01CALL was answered\n",
        err: "",
      });
    });

    test("exits with 1 and the cause in words when it was not", async () => {
      dialling((id) => world.calls.requestFailed(id, "USER_NOT_REGISTERED", 1_700_000_001_000));
      expect(await patchcord("dial 1001 1002 --wait 5")).toEqual({
        code: 1,
        out: "01CALL\n",
        err: "patchcord: 01CALL: not answered: no phone is registered as 1001 (USER_NOT_REGISTERED) (not-answered)\n",
      });
    });

    test("as JSON prints one document: the call, or the failure", async () => {
      dialling((id) => world.calls.requestFailed(id, "USER_BUSY", 1_700_000_001_000));
      const { code, out, err } = await patchcord("dial 1001 1002 --wait 5 --json");
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(JSON.parse(err)).toMatchObject({ code: "not-answered", call: "01CALL", cause: "USER_BUSY" });
    });

    test("does not wait longer than told", async () => {
      dialling(() => undefined);
      expect(await patchcord("dial 1001 1002 --wait 1")).toMatchObject({
        code: 1,
        err: expect.stringMatching(
          /not answered within 1 s.*npx patchcord calls 01CALL.*\(not-confirmed\)\n$/,
        ),
      });
    });

    test("a refusal ends it before it begins", async () => {
      world.service.dial = () => {
        throw new Failure(
          "extension-not-found",
          "1999 is not provisioned; see GET /extensions for those that are",
        );
      };
      expect(await patchcord("dial 1999 1002 --wait 5")).toMatchObject({
        code: 1,
        out: "",
        err: "patchcord: 1999 is not provisioned; see `npx patchcord extensions list` for those that are (extension-not-found)\n",
      });
    });
  });

  test("calls lists, calls ID shows legs and timeline", async () => {
    world.calls.apply(channelEvent("CHANNEL_CREATE", "leg-a", 1));
    const list = await patchcord("calls");
    expect(list.out).toMatch(/^ID +STATE +FROM +TO +STARTED/);
    expect(list.out).toMatch(/ringing +1001 \(One\) +1002 +2023-11-14 22:13:20Z/);
    const one = await patchcord("calls leg-a");
    expect(one.out).toMatch(/^leg-a +inbound +1001 +ringing/m);
    expect(one.out).toMatch(/call\.created/);
    expect((await patchcord("calls --state ended --json")).out).toBe("[]\n");
    expect(await patchcord("calls nothing")).toMatchObject({
      code: 1,
      err: expect.stringContaining("(call-not-found)"),
    });
  });

  test("hangup waits until the call has ended", async () => {
    world.calls.apply(channelEvent("CHANNEL_CREATE", "leg-a", 1));
    const id = world.calls.list()[0]?.id ?? "";
    world.service.perform = async (_id, verb) => {
      expect(verb).toEqual({ verb: "hangup", cause: "USER_BUSY" });
      world.calls.apply(
        channelEvent("CHANNEL_HANGUP_COMPLETE", "leg-a", 2, { cause: "USER_BUSY", callState: "HANGUP" }),
      );
      world.events.publish({ type: "call.ended", time: 1, node, data: { call: id, operation: "op-9" } });
      return { operation: "op-9", call: id };
    };
    expect(await patchcord(`hangup ${id} --cause USER_BUSY`)).toEqual({
      code: 0,
      out: `${id} ended: USER_BUSY\n`,
      err: "",
    });
  });
});
