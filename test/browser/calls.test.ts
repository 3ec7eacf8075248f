import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebExchange } from "./harness/exchange.ts";
import { hears } from "./harness/hearing.ts";
import type { PhonePage } from "./harness/phone-page.ts";
import { until } from "../live/harness/until.ts";

// Two real browsers on the real thing: pages, signalling, gateway and media of a Patchcord that has no switch.
const [annsTone, bobsTone] = [700, 1100];
const both = [annsTone, bobsTone];
const ringSeconds = 4;

let exchange: WebExchange;
let annsBrowser: Browser;
let bobsBrowser: Browser;
let annsToken: string;
let bobsToken: string;
let ann: PhonePage;
let bob: PhonePage;

beforeAll(async () => {
  exchange = await WebExchange.start({ PATCHCORD_RING_SECONDS: String(ringSeconds) });
  [annsBrowser, bobsBrowser] = [await exchange.browser(annsTone), await exchange.browser(bobsTone)];
  annsToken = await exchange.token("2001");
  bobsToken = await exchange.token("2002");
});
afterAll(async () => {
  await exchange?.close();
});
beforeEach(async () => {
  [ann, bob] = await Promise.all([
    exchange.device(annsBrowser, annsToken),
    exchange.device(bobsBrowser, bobsToken),
  ]);
});
afterEach(async () => {
  expect([...ann.complaints, ...bob.complaints]).toEqual([]);
  await Promise.all([ann, bob].map(({ page }) => page.context().close()));
  await until("nobody is online", async () => (await online()).length === 0);
});

async function online(): Promise<unknown[]> {
  const { body } = await exchange.patchcord.rest.get<{ items: unknown[] }>("webclients");
  return body.items;
}

/** Ann calls Bob, who answers. */
async function talking(): Promise<void> {
  await ann.dial("02002");
  await bob.rings();
  await bob.answer();
  await Promise.all([ann.talking(), bob.talking()]);
}

describe("a call between two web users", () => {
  test("rings with the caller's number, and each hears the other's tone", async () => {
    await ann.dial("02002");
    await bob.rings();
    expect(await bob.spoken()).toBe("02001 is calling you.");
    await ann.page.getByText("Ringing…", { exact: true }).waitFor();
    await bob.answer();
    await Promise.all([ann.talking(), bob.talking()]);
    await Promise.all([hears(ann.page, [bobsTone], both), hears(bob.page, [annsTone], both)]);
  });

  test("is hung up by the caller", async () => {
    await talking();
    await ann.button("Hang up").click();
    expect([await ann.ended(), await bob.ended()]).toEqual(["You hung up.", "02001 hung up."]);
  });

  test("is hung up by the callee", async () => {
    await talking();
    await bob.button("Hang up").click();
    expect([await ann.ended(), await bob.ended()]).toEqual(["02002 hung up.", "You hung up."]);
  });

  test("carries keys both ways", async () => {
    await talking();
    await ann.button("Keypad").click();
    await ann.button("4").click();
    await ann.page.keyboard.type("2#");
    await expect.poll(() => bob.page.locator("[data-digits=heard]").textContent()).toBe("42#");
    await bob.page.keyboard.type("*7");
    await expect.poll(() => ann.page.locator("[data-digits=heard]").textContent()).toBe("*7");
  });

  test("is silent one way while muted", async () => {
    await talking();
    await hears(bob.page, [annsTone], both);
    await ann.button("Mute").click();
    await hears(bob.page, [], both);
    await hears(ann.page, [bobsTone], both);
    await ann.button("Muted").click();
    await hears(bob.page, [annsTone], both);
  });

  test("ends for the other side when a page is reloaded, and the next call works", async () => {
    await talking();
    await bob.page.reload();
    expect(await ann.ended()).toBe("The connection was lost.");
    await bob.online();
    await talking();
    await hears(bob.page, [annsTone], both);
  });
});

describe("a call between two web users, for apps", () => {
  interface Shown {
    readonly id: string;
    readonly state: string;
    readonly node: string;
    readonly cause: string | null;
    readonly legs: readonly { readonly uuid: string; readonly number: string }[];
  }

  test("is listed as any other, and does what REST asks of it", async () => {
    const { rest } = exchange.patchcord;
    await talking();
    const call = await until("the call is active", async () => {
      const { body } = await rest.get<{ items: Shown[] }>("calls");
      return body.items.find(({ state }) => state === "active");
    });
    expect(call.node).toBe("gateway");
    expect(call.legs.map(({ number }) => number)).toEqual(["02001", "02002"]);
    const leg = call.legs[1]?.uuid;
    await bob.button("Keypad").click();
    expect((await rest.post(`calls/${call.id}/dtmf`, { leg, digits: "95" })).status).toBe(202);
    await expect.poll(() => bob.page.locator("[data-digits=heard]").textContent()).toBe("95");
    const held = await rest.post<{ code: string }>(`calls/${call.id}/hold?wait=5`, {});
    expect([held.status, held.body.code]).toEqual([409, "verb-not-allowed"]);
    const ended = await rest.post<Shown>(`calls/${call.id}/hangup?wait=5`, {});
    expect([ended.status, ended.body.state, ended.body.cause]).toEqual([200, "ended", "NORMAL_CLEARING"]);
    expect([await ann.ended(), await bob.ended()]).toEqual(["The call ended.", "The call ended."]);
  });
});

describe("a call that is not taken", () => {
  test("is declined", async () => {
    await ann.dial("02002");
    await bob.rings();
    await bob.button("Decline").click();
    expect([await ann.ended(), await bob.ended()]).toEqual([
      "02002 declined the call.",
      "You declined 02001.",
    ]);
  });

  test("is canceled by the caller", async () => {
    await ann.dial("02002");
    await bob.rings();
    await ann.button("Cancel").click();
    expect([await ann.ended(), await bob.ended()]).toEqual([
      "You canceled the call.",
      "You missed a call from 02001.",
    ]);
  });

  test("is not answered in the ring time", async () => {
    await ann.dial("02002");
    await bob.rings();
    expect([await ann.ended(), await bob.ended()]).toEqual([
      "02002 did not answer.",
      "You missed a call from 02001.",
    ]);
  });

  test("goes to a user who is offline, and to a number that does not exist", async () => {
    await ann.dial("02999");
    expect(await ann.ended()).toBe("02999 is offline.");
    await ann.dial("1999");
    expect(await ann.ended()).toBe("The number 1999 does not exist.");
  });

  test("meets a user who is on the phone", async () => {
    await talking();
    const carol = await exchange.device(annsBrowser, await exchange.token("2003"));
    await carol.dial("02002");
    expect(await carol.ended()).toBe("02002 is busy.");
    await hears(bob.page, [annsTone], both);
    await carol.page.context().close();
  });
});

test("a user's devices all ring; the first to answer wins, the others are told", async () => {
  const second = await exchange.device(bobsBrowser, bobsToken);
  await ann.dial("02002");
  await Promise.all([bob.rings(), second.rings()]);
  await second.answer();
  expect(await bob.ended()).toBe("Answered on another device.");
  await Promise.all([ann.talking(), second.talking()]);
  await hears(ann.page, [bobsTone], both);
  await second.page.context().close();
  expect(await ann.ended()).toBe("The connection was lost.");
});

describe("signing in", () => {
  test("with a token that somebody else signed", async () => {
    await ann.button("Sign out").click();
    const [head, body] = annsToken.split(".");
    await ann.signIn(`${head}.${body}.${"A".repeat(43)}`);
    expect(await ann.page.getByRole("alert").textContent()).toContain("Patchcord does not accept this token");
    // The browser says so of every refused WebSocket.
    expect(ann.complaints.splice(0).join("\n")).toContain("401");
  });

  test("with the admin token", async () => {
    await ann.button("Sign out").click();
    await ann.signIn(exchange.patchcord.token);
    expect(await ann.page.getByRole("alert").textContent()).toContain("npx patchcord token USER");
  });
});
