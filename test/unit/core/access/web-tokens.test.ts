import { createHmac } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from "jose";
import { beforeEach, describe, expect, test } from "vitest";
import { systemIds } from "../../../../src/base/index.ts";
import {
  longestWebTtlSeconds,
  WebTokens,
  type IceServerSetting,
  type SigningKey,
} from "../../../../src/core/access/index.ts";

const day = 86_400_000;
let stored: SigningKey[];
let now: number;
let tokens: WebTokens;

const make = (iceServers: readonly IceServerSetting[] = []): WebTokens =>
  new WebTokens({
    iceServers,
    ids: systemIds,
    clock: { now: () => now },
    keys: {
      list: async () => stored.slice(0, 2),
      replace: async (key, current) => {
        if ((stored[0]?.id ?? null) !== current) return false;
        stored = [key, ...stored].slice(0, 2);
        return true;
      },
    },
  });

beforeEach(() => {
  stored = [];
  now = 1_700_000_000_000;
  tokens = make();
});

const unauthorized = (words: RegExp): unknown =>
  expect.objectContaining({ code: "unauthorized", detail: expect.stringMatching(words) });

describe("a web user's token", () => {
  test("says who holds it, until it ends", async () => {
    const made = await tokens.issue({ user: "1001", displayName: "Ann 张三", ttlSeconds: 60 });
    const identity = { user: "1001", displayName: "Ann 张三", expiresAt: now + 60_000 };
    expect(made).toEqual({ ...identity, token: made.token });
    expect(await tokens.verify(made.token)).toEqual(identity);
    now += 61_000;
    expect(await tokens.verify(made.token)).toEqual(identity);
    now += 2_000;
    await expect(tokens.verify(made.token)).rejects.toEqual(unauthorized(/expired/));
  });

  test("is a JWT as documented, signed with HMAC-SHA256", async () => {
    const { token } = await tokens.issue({ user: "1001" });
    expect(decodeProtectedHeader(token)).toEqual({ alg: "HS256", typ: "JWT", kid: stored[0]?.id });
    expect(decodeJwt(token)).toEqual({
      sub: "1001",
      name: "01001",
      iss: "patchcord",
      aud: "patchcord:rtc",
      iat: now / 1000,
      exp: now / 1000 + 86_400,
    });
    const at = token.lastIndexOf(".");
    const key = Buffer.from(stored[0]?.secret ?? "", "base64url");
    expect(key).toHaveLength(32);
    expect(token.slice(at + 1)).toBe(
      createHmac("sha256", key).update(token.slice(0, at)).digest("base64url"),
    );
  });

  test.each([
    [{ user: "" }, "invalid-number"],
    [{ user: "ann" }, "invalid-number"],
    [{ user: "1".repeat(21) }, "invalid-number"],
    [{ user: "1\n" }, "invalid-number"],
    [{ user: "1", displayName: "" }, "invalid-request"],
    [{ user: "1", displayName: "  " }, "invalid-request"],
    [{ user: "1", displayName: "a\r\nb" }, "invalid-request"],
    [{ user: "1", displayName: "a\u2028b" }, "invalid-request"],
    [{ user: "1", displayName: "\u202egnilleorT" }, "invalid-request"],
    [{ user: "1", displayName: "\ud800" }, "invalid-request"],
    [{ user: "1", displayName: "x".repeat(65) }, "invalid-request"],
    [{ user: "1", ttlSeconds: 0 }, "invalid-request"],
    [{ user: "1", ttlSeconds: 1.5 }, "invalid-request"],
    [{ user: "1", ttlSeconds: longestWebTtlSeconds + 1 }, "invalid-request"],
  ])("is not made of %j", async (input, code) => {
    await expect(tokens.issue(input)).rejects.toMatchObject({ code });
    expect(stored).toEqual([]);
  });
});

const claims = { name: "Ann", sub: "1001", iss: "patchcord", aud: "patchcord:rtc" };
const times = () => ({ iat: now / 1000, exp: now / 1000 + 60 });
const secret = (): Uint8Array => Buffer.from(stored[0]?.secret ?? "", "base64url");

const sign = (payload: Record<string, unknown>, header: Record<string, string> = {}): Promise<string> =>
  new SignJWT(payload)
    .setProtectedHeader({ alg: "HS256", kid: stored[0]?.id ?? "", ...header })
    .sign(secret());

describe("is not accepted:", () => {
  beforeEach(async () => {
    await tokens.issue({ user: "1001" });
  });

  test("the control: what these tests change is what is refused", async () => {
    const token = await sign({ ...claims, ...times() });
    expect(await tokens.verify(token)).toMatchObject({ user: "1001", displayName: "Ann" });
  });

  test.each<[string, (valid: Record<string, unknown>) => Record<string, unknown>]>([
    ["for something else", (valid) => ({ ...valid, aud: "patchcord:api" })],
    ["for nothing in particular", (valid) => ({ ...valid, aud: undefined })],
    ["by somebody else", (valid) => ({ ...valid, iss: "elsewhere" })],
    ["without an end", (valid) => ({ ...valid, exp: undefined })],
    ["without a beginning", (valid) => ({ ...valid, iat: undefined })],
    ["without a user", (valid) => ({ ...valid, sub: undefined })],
    ["for a user that is no number", (valid) => ({ ...valid, sub: "admin" })],
    ["without a name", (valid) => ({ ...valid, name: undefined })],
    ["with a name that steers a terminal", (valid) => ({ ...valid, name: "a\u001b[2J" })],
    ["for longer than a key lasts", (valid) => ({ ...valid, exp: now / 1000 + longestWebTtlSeconds + 60 })],
    ["that begins later", (valid) => ({ ...valid, nbf: now / 1000 + 60 })],
  ])("one %s", async (_name, change) => {
    await expect(tokens.verify(await sign(change({ ...claims, ...times() })))).rejects.toEqual(
      unauthorized(/not one that this Patchcord/),
    );
  });

  test("one of another algorithm, none included", async () => {
    const stronger = await sign({ ...claims, ...times() }, { alg: "HS512" });
    const none = new UnsecuredJWT({ ...claims, ...times() }).encode();
    for (const token of [stronger, none]) {
      await expect(tokens.verify(token)).rejects.toMatchObject({ code: "unauthorized" });
    }
  });

  test("one of an unknown key, of no key, or of the wrong one", async () => {
    for (const kid of ["x", "", "__proto__"]) {
      const token = await sign({ ...claims, ...times() }, { kid });
      await expect(tokens.verify(token)).rejects.toMatchObject({ code: "unauthorized" });
    }
    const token = await new SignJWT({ ...claims, ...times() })
      .setProtectedHeader({ alg: "HS256", kid: stored[0]?.id ?? "" })
      .sign(new Uint8Array(32));
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("one with any character of its signature changed", async () => {
    const { token } = await tokens.issue({ user: "1001" });
    const start = token.lastIndexOf(".") + 1;
    // Of the last character of 43 only four bits count.
    for (let at = start; at < token.length - 1; at += 1) {
      const other = token[at] === "A" ? "B" : "A";
      const forged = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
      await expect(tokens.verify(forged)).rejects.toMatchObject({ code: "unauthorized" });
    }
  });

  test.each(["", ".", "..", "a.b.c", "pc_x", "x".repeat(100_000), "é.é.é"])("%j", async (token) => {
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: "unauthorized" });
  });
});

describe("signing keys", () => {
  test("there is none before the first token, then one", async () => {
    expect(await tokens.keys()).toEqual([]);
    await Promise.all([tokens.issue({ user: "1" }), tokens.issue({ user: "2" })]);
    expect(await tokens.keys()).toEqual([{ id: stored[0]?.id, createdAt: now, signs: true }]);
  });

  test("change by age, and every token lives as long as it says", async () => {
    const alive: { token: string; expiresAt: number }[] = [];
    const kids = new Set<unknown>();
    for (let at = 0; at < 60; at += 1) {
      const made = await tokens.issue({ user: "1001", ttlSeconds: longestWebTtlSeconds });
      kids.add(decodeProtectedHeader(made.token).kid);
      alive.push(made);
      for (const { token } of alive.filter(({ expiresAt }) => expiresAt > now)) {
        await expect(tokens.verify(token)).resolves.toMatchObject({ user: "1001" });
      }
      now += day / 2;
    }
    expect(kids.size).toBe(5);
    expect(stored).toHaveLength(2);
  });

  test("changed by hand: once leaves tokens valid, twice voids them", async () => {
    const { token } = await tokens.issue({ user: "1001" });
    const first = await tokens.rotate();
    await expect(tokens.verify(token)).resolves.toMatchObject({ user: "1001" });
    expect(decodeProtectedHeader((await tokens.issue({ user: "1" })).token).kid).toBe(first.id);
    const second = await tokens.rotate();
    expect(await tokens.keys()).toEqual([second, { ...first, signs: false }]);
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("a clock that was set back does not put an older key first", async () => {
    const first = await tokens.rotate();
    now -= day;
    const second = await tokens.rotate();
    expect(second.createdAt).toBeGreaterThan(first.createdAt);
  });
});

describe("ICE servers", () => {
  test("are told as they are; a secret becomes credentials that end with the token", () => {
    const told = make([
      { urls: ["stun:stun.example"] },
      { urls: ["turn:turn.example"], username: "u", credential: "c" },
      { urls: ["turn:turn.example?transport=udp", "turns:turn.example"], secret: "north" },
    ]).iceServersFor({ user: "1001", expiresAt: 1_700_000_060_000 });
    expect(told).toEqual([
      { urls: ["stun:stun.example"] },
      { urls: ["turn:turn.example"], username: "u", credential: "c" },
      {
        urls: ["turn:turn.example?transport=udp", "turns:turn.example"],
        username: "1700000060:1001",
        // printf %s 1700000060:1001 | openssl dgst -sha1 -hmac north -binary | base64
        credential: "8FuV01b5OpNYovTEQbOVNhXM8Ps=",
      },
    ]);
  });
});
