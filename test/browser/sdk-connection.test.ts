import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type * as Sdk from "../../src/client/sdk/rtc/index.ts";
import { SdkPage, token, type World } from "./harness/sdk-page.ts";
import { takeInvitation } from "./harness/scripted-call.ts";

// What the SDK promises to an app of its connection. Faults are injected by the server that the test plays.
declare const world: World;
let app: SdkPage;

beforeAll(async () => {
  app = await SdkPage.start();
});
afterAll(async () => {
  await app?.close();
});
beforeEach(async () => {
  await app.open();
});

/** How `connect` fails. */
const refusal = (url: string, given: string): Promise<string> =>
  app.page.evaluate(
    ([url, token]) =>
      world.sdk.connect({ url, token }).then(
        () => "connected",
        (error: Sdk.WebPhoneError) => `${error.name} ${error.code}`,
      ),
    [url, given] as const,
  );

describe("connecting", () => {
  test("resolves to a phone that knows who it is", async () => {
    await app.connected();
    expect(await app.page.evaluate(() => [world.phone.state, world.phone.user])).toEqual([
      "ready",
      {
        number: "2001",
        displayName: "Ada Lovelace",
        expiresAt: 4_000_000_000_000,
        limits: { content: 8192, response: 8192, channelId: 64 },
      },
    ]);
  });

  test("a token of another kind is refused before it is sent", async () => {
    const known = app.server.signalling.devices.length;
    expect(await refusal(app.server.url, "pc_abc")).toBe("WebPhoneError not-a-web-token");
    expect(app.server.signalling.devices.length).toBe(known);
  });

  test("a token that Patchcord refuses is `unauthorized`, and is not tried again", async () => {
    app.server.signalling.refused.add("a.bad.one");
    expect(await refusal(app.server.url, "a.bad.one")).toBe("WebPhoneError unauthorized");
  });

  test("a server that is not there, or no address, is `unreachable`", async () => {
    expect(await refusal("http://127.0.0.1:9", token)).toBe("WebPhoneError unreachable");
    expect(await refusal("pbx.example", token)).toBe("WebPhoneError unreachable");
  });

  test("a server that turns the device away: its own code", async () => {
    const refused = refusal(app.server.url, token);
    const device = await app.server.signalling.device();
    device.tell({ type: "error", code: "too-many-devices", detail: "eight are enough" });
    device.close(1013, "too-many-devices");
    expect(await refused).toBe("WebPhoneError too-many-devices");
  });

  test("a dropped connection is made anew; one whose token ended meanwhile is not", async () => {
    const device = await app.connected();
    device.cut();
    const again = await app.server.signalling.device();
    again.welcome();
    await expect.poll(app.lines).toEqual(["phone reconnecting connection-lost", "phone ready"]);
    app.server.signalling.refused.add(token);
    try {
      again.close(1008, "the token has expired");
      await expect.poll(app.lines).toContain("phone closed unauthorized");
    } finally {
      app.server.signalling.refused.delete(token);
    }
  });

  test("a device that sends too much is sent away with the same close code, and comes back", async () => {
    const device = await app.connected();
    device.close(1008, "too many frames");
    (await app.server.signalling.device()).welcome();
    await expect.poll(app.lines).toContain("phone ready");
  });

  test("one that the network swallows is given up when it answers no ping, and made anew", async () => {
    await app.page.clock.install();
    const device = await app.connected();
    await app.page.clock.runFor(20_000);
    await expect.poll(() => device.pings).toBe(1);
    device.deaf = true;
    await app.page.clock.runFor(20_000);
    await expect.poll(() => device.pings).toBe(2);
    expect(await app.lines()).toEqual([]);
    await app.page.clock.runFor(10_000);
    expect(await app.lines()).toEqual(["phone reconnecting connection-lost"]);
    await app.page.clock.runFor(500);
    (await app.server.signalling.device()).welcome();
    await expect.poll(app.lines).toContain("phone ready");
  });

  test("a page that is looked at again, or a network that is back, asks at once", async () => {
    const device = await app.connected();
    await app.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await expect.poll(() => device.pings).toBe(1);
    // Nobody asks while an answer is awaited: it may still be on its way.
    const returned = async (): Promise<number> => {
      await app.page.evaluate(() => dispatchEvent(new Event("online")));
      return device.pings;
    };
    await expect.poll(returned).toBeGreaterThan(1);
  });

  test("frames that are none, or of a later version, are passed over", async () => {
    const device = await app.connected();
    for (const raw of [
      "",
      "{",
      "null",
      '{"type":"hold","id":"x"}',
      '{"type":"state"}',
      '{"type":"ended","id":"x","cause":"A","sip":200,"by":"ours"}',
    ])
      device.tellRaw(raw);
    device.tellRaw(Buffer.from([0, 255]));
    await app.invite();
    await takeInvitation(device);
    await expect.poll(app.lines).toEqual(["sent", "received"]);
  });
});
