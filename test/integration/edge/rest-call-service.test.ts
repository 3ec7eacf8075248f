import { describe, expect, test } from "vitest";
import { Failure } from "../../../src/base/index.ts";
import type {
  CallControl,
  ChannelCommand,
  ChannelEvent,
  OriginateRequest,
} from "../../../src/core/calls/index.ts";
import { channelEvent, node, restWorld } from "../../fakes/rest.ts";

const path = "/api/v1/calls";
const post = (json: unknown): { method: string; json: unknown } => ({ method: "POST", json });

/** A switch that notes what it is asked, and answers as a test says. */
class ScriptedControl implements CallControl {
  readonly commands: ChannelCommand[] = [];
  readonly originated = Promise.withResolvers<OriginateRequest>();
  readonly answered = Promise.withResolvers<void>();
  onCommand: (command: ChannelCommand) => void = () => undefined;

  originate(_node: string, request: OriginateRequest): Promise<void> {
    this.originated.resolve(request);
    return this.answered.promise;
  }

  async command(_node: string, command: ChannelCommand): Promise<void> {
    this.commands.push(command);
    this.onCommand(command);
  }
}

async function talking() {
  const control = new ScriptedControl();
  const world = await restWorld({ control });
  const say = (
    name: ChannelEvent["name"],
    uuid: string,
    sequence: number,
    more: Parameters<typeof channelEvent>[3] = {},
  ): void => world.calls.apply(channelEvent(name, uuid, sequence, more));
  say("CHANNEL_CREATE", "leg-a", 1);
  say("CHANNEL_ANSWER", "leg-a", 2, { callState: "ACTIVE" });
  return Object.assign(world, { control, say });
}

describe("over the real call service", () => {
  test("a call that is asked for is there at once, before its first leg", async () => {
    const control = new ScriptedControl();
    await using world = await restWorld({ control });
    await world.call("/api/v1/extensions/bulk", post({ from: "1001", to: "1002" }));
    const { body } = await world.call(path, post({ from: "1001", to: "1002", callerIdName: "Anna" }));
    expect(await world.call(`${path}/${body.id}`)).toMatchObject({
      status: 200,
      body: {
        id: body.id,
        state: "ringing",
        from: { number: "1001" },
        to: { number: "1002" },
        node,
        legs: [],
      },
    });
    expect(await control.originated.promise).toMatchObject({ call: body.id, callerIdName: "Anna" });
    control.answered.reject(new Failure("switch-refused", "no", { cause: "USER_BUSY" }));
    await expect
      .poll(async () => (await world.call(`${path}/${body.id}`)).body)
      .toMatchObject({ state: "ended", cause: "USER_BUSY" });
  });

  test.for<[string, unknown, number, string]>([
    ["an extension that is not provisioned", { from: "1001", to: "1002" }, 404, "extension-not-found"],
    [
      "a variable that runs code",
      { from: "1001", to: "1001", variables: { execute_on_answer: "system x" } },
      400,
      "reserved-variable",
    ],
    [
      "a caller's number that is none",
      { from: "1001", to: "1001", callerIdNumber: "1001,1002" },
      400,
      "invalid-number",
    ],
    ["two applications", { from: { app: "echo" }, to: { app: "park" } }, 400, "invalid-request"],
  ])("%s is refused with its own code", async ([, json, status, code]) => {
    await using world = await restWorld({ control: new ScriptedControl() });
    await world.call("/api/v1/extensions", post({ number: "1001" }));
    expect(await world.call(path, post(json))).toMatchObject({ status, body: { code } });
    expect((await world.call(path)).body.items).toEqual([]);
  });

  test("a verb waits for its event and answers with the call after it", async () => {
    await using world = await talking();
    world.control.onCommand = () => world.say("CHANNEL_HOLD", "leg-a", 3, { callState: "HELD" });
    const held = await world.call(`${path}/leg-a/hold?wait=5`, post({}));
    expect(held).toMatchObject({
      status: 200,
      body: { state: "held", legs: [{ uuid: "leg-a", state: "held" }] },
    });
    expect(world.control.commands).toEqual([{ verb: "hold", uuid: "leg-a" }]);
  });

  test("what the switch refuses is 502 with its words", async () => {
    await using world = await talking();
    world.control.onCommand = () => {
      throw new Failure("switch-refused", "-ERR No such channel!");
    };
    expect(await world.call(`${path}/leg-a/hold?wait=5`, post({}))).toMatchObject({
      status: 502,
      body: { code: "switch-refused", detail: "-ERR No such channel!" },
    });
  });

  test("a verb that does not fit is 409 with the state and what is allowed", async () => {
    await using world = await talking();
    const { status, body } = await world.call(`${path}/leg-a/resume`, post({}));
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: "verb-not-allowed", state: "active" });
    expect(body.allowed).toContain("hold");
    expect(body.allowed).not.toContain("resume");
  });

  test("DELETE with wait shows the ended call", async () => {
    await using world = await talking();
    world.control.onCommand = () =>
      world.say("CHANNEL_HANGUP_COMPLETE", "leg-a", 3, { callState: "HANGUP", cause: "NORMAL_CLEARING" });
    expect(await world.call(`${path}/leg-a?wait=5`, { method: "DELETE" })).toMatchObject({
      status: 200,
      body: { state: "ended", cause: "NORMAL_CLEARING" },
    });
    expect(await world.call(`${path}/leg-a`, { method: "DELETE" })).toMatchObject({ status: 409 });
  });

  test("two calls that become one: the answer is the one that goes on", async () => {
    await using world = await talking();
    const first = (await world.call(`${path}/leg-a`)).body.id;
    world.say("CHANNEL_CREATE", "leg-b", 3);
    world.say("CHANNEL_ANSWER", "leg-b", 4, { callState: "ACTIVE" });
    world.control.onCommand = () => {
      world.say("CHANNEL_BRIDGE", "leg-b", 5, { callState: "ACTIVE", bridgedWith: "leg-a" });
      world.say("CHANNEL_BRIDGE", "leg-a", 6, { callState: "ACTIVE", bridgedWith: "leg-b" });
    };
    const bridged = await world.call(`${path}/leg-b/bridge?wait=5`, post({ with: first }));
    expect(bridged).toMatchObject({ status: 200, body: { state: "active" } });
    expect(bridged.body.legs.map(({ uuid }: { uuid: string }) => uuid).toSorted()).toEqual([
      "leg-a",
      "leg-b",
    ]);
  });
});
