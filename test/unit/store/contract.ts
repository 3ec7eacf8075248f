import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ApiToken, SigningKey } from "../../../src/core/access/index.ts";
import type { Extension } from "../../../src/core/extensions/index.ts";
import type { Store } from "../../../src/store/index.ts";
import { extension } from "./extension.ts";

const domain = "a.test";

const numbers = (extensions: readonly Extension[]): string[] => extensions.map(({ number }) => number);

const named = (displayName: string): Extension[] =>
  ["1001", "1002", "1003"].map((number) => extension(number, { displayName }));

const inB = (number: string, fields: Partial<Extension> = {}): Extension =>
  extension(number, { domain: "b.test", ...fields });

const key = (id: string, createdAt: number): SigningKey => ({ id, secret: `secret of ${id}`, createdAt });

const unchanged = (current: Extension): Extension => current;

/** What every store keeps, whatever is below it. `open` opens an empty one. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`the store contract on ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const adopt = (named: string) => store.adoptDomain(named, "1000");

    test("it is reachable until it is closed", async () => {
      await expect(store.check()).resolves.toBeUndefined();
      const closed = await open();
      await closed.close();
      await expect(closed.check()).rejects.toThrow(/destroyed/);
    });

    describe("extensions:", () => {
      test("every field comes back as it was", async () => {
        const full = extension("1001", {
          displayName: "Ann '\"\\%_ 张三 👋",
          callerIdName: "A & <B>",
          callerIdNumber: "+493012345",
          context: "internal",
          callGroup: "sales,support",
          tollAllow: "domestic",
          enabled: false,
          kind: "proxy",
          ha1: "f".repeat(32),
        });
        await store.extensions.put([full]);
        expect(await store.extensions.get(domain, "1001")).toEqual(full);
        expect(await store.extensions.get(domain, "1002")).toBeUndefined();
        expect(await store.extensions.get("b.test", "1001")).toBeUndefined();
        expect(await store.extensions.get(domain, "1001' or '1'='1")).toBeUndefined();
      });

      test("insert changes nothing if it exists", async () => {
        expect(await store.extensions.insert(extension("1001", { displayName: "Ann" }))).toBe(true);
        expect(await store.extensions.insert(extension("1001", { displayName: "Bob" }))).toBe(false);
        expect(await store.extensions.get(domain, "1001")).toMatchObject({ displayName: "Ann" });
      });

      test("of many inserts of one number at once, one succeeds", async () => {
        const made = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            store.extensions.insert(extension("1001", { displayName: `${n}` })),
          ),
        );
        expect(made.filter(Boolean)).toHaveLength(1);
      });

      test("put replaces, leaves alone, or writes nothing", async () => {
        const names = async (): Promise<string[]> =>
          (await store.extensions.list({ domain, limit: 10 })).map(({ displayName }) => displayName);
        await store.extensions.put([extension("1002", { displayName: "old" })]);

        expect(await store.extensions.put(named("failed"), "fail")).toEqual({
          done: false,
          existing: ["1002"],
        });
        expect(await names()).toEqual(["old"]);
        expect(await store.extensions.put(named("skipped"), "skip")).toEqual({
          done: true,
          existing: ["1002"],
        });
        expect(await names()).toEqual(["skipped", "old", "skipped"]);
        expect(await store.extensions.put(named("new"), "replace")).toEqual({
          done: true,
          existing: ["1001", "1002", "1003"],
        });
        expect(await names()).toEqual(["new", "new", "new"]);
        expect(await store.extensions.put([], "fail")).toEqual({ done: true, existing: [] });
      });

      test("put writes nothing if one of many cannot be written", async () => {
        const many = Array.from({ length: 600 }, (_, n) => extension(String(1000 + n)));
        const broken = extension("1600", { context: null as unknown as string });
        await expect(store.extensions.put([...many, broken])).rejects.toThrow(/null/i);
        expect(await store.extensions.count(domain)).toBe(0);
        await store.extensions.put(many);
        expect(await store.extensions.count(domain)).toBe(600);
      });

      test("update loses no change made at the same time", async () => {
        await store.extensions.put([extension("1001", { displayName: "" })]);
        await Promise.all(
          Array.from({ length: 20 }, () =>
            store.extensions.update(domain, "1001", (current) => ({
              ...current,
              displayName: `${current.displayName}x`,
            })),
          ),
        );
        expect(await store.extensions.get(domain, "1001")).toMatchObject({ displayName: "x".repeat(20) });
      });

      test("update of none is undefined; one that throws changes nothing and harms nobody after it", async () => {
        expect(await store.extensions.update(domain, "1001", unchanged)).toBeUndefined();
        await store.extensions.put([extension("1001")]);
        const failing = store.extensions.update(domain, "1001", () => {
          throw new Error("refused");
        });
        await expect(failing).rejects.toThrow("refused");
        expect(await store.extensions.update(domain, "1001", unchanged)).toEqual(extension("1001"));
      });

      test("the list is in order of number, and pages join without loss", async () => {
        const all = ["99", "100", "1000", "1001", "9999", "10000", "999999999999999"];
        await store.extensions.put(all.toReversed().map((number) => extension(number)));
        await store.extensions.put([extension("500", { domain: "b.test" })]);
        expect(numbers(await store.extensions.list({ domain, limit: 100 }))).toEqual(all);
        const paged: string[] = [];
        for (;;) {
          const after = paged.at(-1);
          const page = await store.extensions.list({
            domain,
            limit: 2,
            ...(after === undefined ? {} : { after }),
          });
          paged.push(...numbers(page));
          if (page.length < 2) break;
        }
        expect(paged).toEqual(all);
        expect(numbers(await store.extensions.list({ domain, limit: 1, after: "500" }))).toEqual(["1000"]);
      });

      test.each([
        ["100", ["1001", "1002", "1003"]],
        ["ann", ["1001"]],
        ["ÄRGER", ["1002"]],
        ["%", ["1003"]],
        ["50%_", ["1003"]],
        ["_", ["1003"]],
        ["\\", ["2004"]],
        ["'", ["2004"]],
        ["nobody", []],
      ])("the query %j finds %j", async (query, found) => {
        await store.extensions.put([
          extension("1001", { displayName: "Ann" }),
          extension("1002", { displayName: "Herr Ärger" }),
          extension("1003", { displayName: "50%_off" }),
          extension("2004", { displayName: "back\\slash's" }),
        ]);
        expect(numbers(await store.extensions.list({ domain, query, limit: 10 }))).toEqual(found);
      });

      test("a query follows a changed name", async () => {
        await store.extensions.put([extension("1001", { displayName: "Ann" })]);
        await store.extensions.update(domain, "1001", (current) => ({ ...current, displayName: "Bob" }));
        expect(await store.extensions.list({ domain, query: "ann", limit: 10 })).toEqual([]);
        expect(numbers(await store.extensions.list({ domain, query: "bob", limit: 10 }))).toEqual(["1001"]);
      });

      test("a group holds those whose list names it, as a whole word", async () => {
        await store.extensions.put([
          extension("1002", { callGroup: "sales" }),
          extension("1001", { callGroup: "support,sales" }),
          extension("1003", { callGroup: "presales,sales2,Sales" }),
          extension("1004"),
          extension("1005", { callGroup: "sales", domain: "b.test" }),
        ]);
        expect(numbers(await store.extensions.group(domain, "sales"))).toEqual(["1001", "1002"]);
        expect(await store.extensions.group(domain, "")).toEqual([]);
        expect(await store.extensions.group(domain, "%")).toEqual([]);
      });

      test("remove removes one, once", async () => {
        await store.extensions.put([extension("1001"), extension("1002")]);
        expect(await store.extensions.remove(domain, "1001")).toBe(true);
        expect(await store.extensions.remove(domain, "1001")).toBe(false);
        expect(await store.extensions.count(domain)).toBe(1);
      });
    });

    describe("tokens:", () => {
      const token: ApiToken = {
        id: "01A",
        name: "app '\"",
        scopes: ["read", "calls"],
        hash: "ab".repeat(32),
        createdAt: 1_763_000_000_123,
        expiresAt: 1_763_000_060_123,
      };

      test("come back by their hash, as they were", async () => {
        const lasting: ApiToken = { ...token, id: "01B", hash: "cd".repeat(32), expiresAt: null };
        await store.tokens.add(lasting);
        await store.tokens.add(token);
        expect(await store.tokens.byHash(token.hash)).toEqual(token);
        expect(await store.tokens.byHash("00")).toBeUndefined();
        expect(await store.tokens.list()).toEqual([token, lasting]);
      });

      test("are removed, once", async () => {
        await store.tokens.add(token);
        expect(await store.tokens.remove(token.id)).toBe(true);
        expect(await store.tokens.remove(token.id)).toBe(false);
        expect(await store.tokens.byHash(token.hash)).toBeUndefined();
      });

      test("are never two of one hash", async () => {
        await store.tokens.add(token);
        await expect(store.tokens.add({ ...token, id: "01C" })).rejects.toThrow(/unique/i);
      });
    });

    describe("signing keys:", () => {
      test("are the two youngest, the younger one first", async () => {
        const keys = store.signingKeys;
        expect(await keys.list()).toEqual([]);
        expect(await keys.replace(key("c", 1), null)).toBe(true);
        expect(await keys.replace(key("b", 2), "c")).toBe(true);
        expect(await keys.list()).toEqual([key("b", 2), key("c", 1)]);
        expect(await keys.replace(key("a", 3), "b")).toBe(true);
        expect(await keys.list()).toEqual([key("a", 3), key("b", 2)]);
      });

      test("are replaced by one of many who try at once, and by nobody who does not know the youngest", async () => {
        const keys = store.signingKeys;
        await keys.replace(key("a", 1), null);
        const tries = Array.from({ length: 10 }, (_, n) => keys.replace(key(`b${n}`, 2), "a"));
        expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
        expect(await keys.list()).toHaveLength(2);
        expect(await keys.replace(key("c", 3), "a")).toBe(false);
        expect(await keys.replace(key("c", 3), null)).toBe(false);
        expect(await keys.list()).toHaveLength(2);
      });
    });

    describe("the domain:", () => {
      test("is remembered, and a change moves the extensions along, there and back", async () => {
        await adopt(domain);
        await store.extensions.put([extension("1001"), extension("1002")]);
        await adopt("b.test");
        expect(await store.extensions.count(domain)).toBe(0);
        expect(await store.extensions.get("b.test", "1001")).toEqual(inB("1001"));
        await adopt(domain);
        expect(await store.extensions.get(domain, "1001")).toEqual(extension("1001"));
      });

      test("voids the passwords set under another, at every start, until it returns", async () => {
        expect(await adopt(domain)).toEqual([]);
        await store.extensions.put([extension("1001"), extension("1002")]);
        expect(await adopt(domain)).toEqual([]);
        const stale = [{ domain, extensions: 2 }];
        expect(await adopt("b.test")).toEqual(stale);
        expect(await adopt("b.test")).toEqual(stale);
        expect(await adopt(domain)).toEqual([]);
        expect(await adopt(domain)).toEqual([]);
      });

      test("voids a password no longer once a new one is set, in whatever way", async () => {
        await adopt(domain);
        await store.extensions.put(["1001", "1002", "1003", "1004"].map((number) => extension(number)));
        expect(await adopt("b.test")).toEqual([{ domain, extensions: 4 }]);
        const set = { ha1: "b".repeat(32) };
        await store.extensions.update("b.test", "1001", (current) => ({ ...current, displayName: "Ann" }));
        expect(await adopt("b.test")).toEqual([{ domain, extensions: 4 }]);
        await store.extensions.update("b.test", "1001", (current) => ({ ...current, ...set }));
        await store.extensions.put([inB("1002", set)]);
        await store.extensions.put([inB("1003", set)], "skip");
        expect(await adopt("b.test")).toEqual([{ domain, extensions: 2 }]);
        await store.extensions.remove("b.test", "1003");
        await store.extensions.insert(inB("1005", set));
        expect(await adopt("b.test")).toEqual([{ domain, extensions: 1 }]);

        expect(await adopt(domain)).toEqual([{ domain: "b.test", extensions: 3 }]);
        expect(await adopt("c.test")).toEqual([
          { domain, extensions: 1 },
          { domain: "b.test", extensions: 3 },
        ]);
      });

      test("voids nothing of the proxy account, whose secret is not stored", async () => {
        await adopt(domain);
        await store.extensions.put([extension("1000", { kind: "proxy" })]);
        expect(await adopt("b.test")).toEqual([]);
      });
    });
  });
}
