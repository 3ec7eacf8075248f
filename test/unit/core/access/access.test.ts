import { beforeEach, describe, expect, test } from "vitest";
import { systemIds } from "../../../../src/base/index.ts";
import { Access, type ApiToken, type Principal, type Scope } from "../../../../src/core/access/index.ts";

const adminToken = "the-admin-token-of-this-test";
let stored: ApiToken[];
let now: number;
let access: Access;

beforeEach(() => {
  stored = [];
  now = 1_000_000;
  access = new Access({
    adminToken,
    ids: systemIds,
    clock: { now: () => now },
    tokens: {
      byHash: async (hash) => stored.find((token) => token.hash === hash),
      list: async () => stored,
      add: async (token) => {
        stored.push(token);
      },
      remove: async (id) => {
        const kept = stored.filter((token) => token.id !== id);
        const found = kept.length < stored.length;
        stored = kept;
        return found;
      },
    },
  });
});

describe("authenticate", () => {
  test("knows the admin token", async () => {
    expect(await access.authenticate(adminToken)).toEqual({
      name: "admin",
      tokenId: null,
      scopes: ["admin"],
    });
  });

  test.each([
    "",
    "x",
    `${adminToken} `,
    adminToken.slice(1),
    adminToken.toUpperCase(),
    "é",
    "x".repeat(100_000),
  ])("knows nobody by %j", async (bearer) => {
    expect(await access.authenticate(bearer)).toBeUndefined();
  });

  test("knows a token by its secret until it expires, to the millisecond", async () => {
    const { token, id, expiresAt } = await access.create({
      name: "app",
      scopes: ["calls", "read"],
      ttlSeconds: 60,
    });
    expect(expiresAt).toBe(now + 60_000);
    const principal = { name: "app", tokenId: id, scopes: ["read", "calls"] };
    now += 59_999;
    expect(await access.authenticate(token)).toEqual(principal);
    now += 1;
    expect(await access.authenticate(token)).toBeUndefined();
  });

  test("does not take the stored hash for the secret", async () => {
    await access.create({ name: "app", scopes: ["read"] });
    expect(await access.authenticate(stored[0]?.hash ?? "")).toBeUndefined();
  });

  test("forgets a removed token", async () => {
    const { token, id } = await access.create({ name: "app", scopes: ["read"] });
    await access.remove(id);
    expect(await access.authenticate(token)).toBeUndefined();
    await expect(access.remove(id)).rejects.toMatchObject({ code: "token-not-found" });
  });
});

describe("create", () => {
  test("keeps a hash and tells the secret once", async () => {
    const { token, ...view } = await access.create({ name: "app", scopes: ["read", "read"] });
    expect(token).toMatch(/^pc_[A-Za-z0-9_-]{43}$/);
    expect(JSON.stringify(stored)).not.toContain(token.slice(3));
    expect(stored[0]).toMatchObject({ name: "app", scopes: ["read"], createdAt: now, expiresAt: null });
    expect(await access.list()).toEqual([view]);
    expect(view).not.toHaveProperty("hash");
  });

  test.each([
    [{ name: "", scopes: ["read"] }, "name"],
    [{ name: "  ", scopes: ["read"] }, "name"],
    [{ name: "a\r\nb", scopes: ["read"] }, "name"],
    [{ name: "x".repeat(101), scopes: ["read"] }, "name"],
    [{ name: "a", scopes: [] }, "scopes"],
    [{ name: "a", scopes: ["root"] }, "scopes"],
    [{ name: "a", scopes: ["read"], ttlSeconds: 0 }, "ttlSeconds"],
    [{ name: "a", scopes: ["read"], ttlSeconds: 1.5 }, "ttlSeconds"],
    [{ name: "a", scopes: ["read"], ttlSeconds: Number.MAX_SAFE_INTEGER }, "ttlSeconds"],
  ])("refuses %j, naming %s", async (input, field) => {
    const attempt = access.create(input as { name: string; scopes: Scope[] });
    await expect(attempt).rejects.toMatchObject({
      code: "invalid-request",
      detail: expect.stringContaining(field),
    });
    expect(stored).toEqual([]);
  });
});

const holding = (scopes: Scope[]): Principal => ({ name: "app", tokenId: "1", scopes });

describe("require", () => {
  test.each([
    [["read"], "read"],
    [["calls", "provision"], "provision"],
    [["admin"], "read"],
    [["admin"], "provision"],
  ] as [Scope[], Scope][])("lets %j do what needs %s", (held, wanted) => {
    expect(() => access.require(holding(held), wanted)).not.toThrow();
  });

  test.each([
    [["read"], "calls"],
    [["calls", "provision"], "read"],
    [["provision"], "admin"],
    [[], "read"],
  ] as [Scope[], Scope][])("does not let %j do what needs %s", (held, wanted) => {
    expect(() => access.require(holding(held), wanted)).toThrow(
      expect.objectContaining({ code: "forbidden", extra: { scope: wanted } }),
    );
  });
});
