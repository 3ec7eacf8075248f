import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemIds } from "../../../../src/base/index.ts";
import { Extensions, ha1 } from "../../../../src/core/extensions/index.ts";
import { openStore, type Store } from "../../../../src/store/index.ts";

const domain = "patchcord.test";
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

let store: Store;
let told: string[];
let extensions: Extensions;

const withProxy = (proxyAccount: string): Extensions =>
  new Extensions({
    repository: store.extensions,
    domain,
    proxyAccount,
    proxySecret: "the-proxy-secret",
    ids: systemIds,
    changed: (of, numbers) => told.push(...numbers.map((number) => `${number}@${of}`)),
  });

beforeEach(async () => {
  store = await openStore({ path: ":memory:" });
  told = [];
  extensions = withProxy("1000");
});
afterEach(() => store.close());

const count = (): Promise<number> => store.extensions.count(domain);

test("HA1 is that of RFC 2617 section 3.5", () => {
  expect(ha1("Mufasa", "testrealm@host.com", "Circle Of Life")).toBe("939e7578ed9e3c518a452acee763bce9");
});

describe("create", () => {
  test("makes a password, keeps only its HA1, and tells whose entry changed", async () => {
    const { extension, password } = await extensions.create({ number: "1001" });
    expect(password).toMatch(/^[a-zA-Z2-9]{16}$/);
    expect(password).not.toMatch(/[0O1lI]/);
    expect(extension).toEqual({
      number: "1001",
      domain,
      displayName: "1001",
      callerIdName: "",
      callerIdNumber: "",
      context: "default",
      callGroup: "",
      tollAllow: "",
      enabled: true,
      kind: "phone",
      ha1: md5(`1001:${domain}:${password}`),
    });
    expect(await extensions.get("1001")).toEqual(extension);
    expect(told).toEqual([`1001@${domain}`]);
  });

  test("takes a password, and does not tell it again", async () => {
    const { extension, password } = await extensions.create({ number: "1001", password: "Quite-new-7" });
    expect(password).toBeNull();
    expect(extension.ha1).toBe(md5(`1001:${domain}:Quite-new-7`));
  });

  test("refuses one that exists and changes nothing", async () => {
    const { extension } = await extensions.create({ number: "1001", displayName: "Ann" });
    told = [];
    await expect(extensions.create({ number: "1001", displayName: "Bob" })).rejects.toMatchObject({
      code: "extension-exists",
      extra: { numbers: ["1001"] },
    });
    expect(await extensions.get("1001")).toEqual(extension);
    expect(told).toEqual([]);
  });

  test.each([
    [{ number: "01001" }, "invalid-number"],
    [{ number: "1000" }, "proxy-account"],
    [{ number: "1000", password: "Quite-new-7" }, "proxy-account"],
    [{ number: "1001", password: "short" }, "invalid-request"],
    [{ number: "1001", displayName: "a\nb" }, "unsafe-text"],
  ])("refuses %j as %s", async (input, code) => {
    await expect(extensions.create(input)).rejects.toMatchObject({ code });
    expect(await count()).toBe(0);
    expect(told).toEqual([]);
  });
});

describe("bulk", () => {
  test("1000-2599 is 1,600 extensions: 1000 and 2599 exist, 999 and 2600 do not", async () => {
    const result = await extensions.bulk({ from: "1000", to: "2599" });
    expect(result).toMatchObject({ created: 1600, skipped: 0, replaced: 0 });
    expect(await count()).toBe(1600);
    const present = await Promise.all(
      ["999", "1000", "1021", "2099", "2100", "2599", "2600"].map(
        async (number) => (await store.extensions.get(domain, number)) !== undefined,
      ),
    );
    expect(present).toEqual([false, true, true, true, true, true, false]);
    expect(told).toHaveLength(1600);
  });

  test("gives each its own password, but the proxy account's to nobody", async () => {
    const { credentials } = await extensions.bulk({ from: 1000, to: 1099 });
    expect(credentials.map(({ number }) => number)).toEqual(
      Array.from({ length: 99 }, (_, n) => String(1001 + n)),
    );
    expect(new Set(credentials.map(({ password }) => password)).size).toBe(99);
    for (const { number, password } of credentials) {
      expect((await extensions.get(number)).ha1).toBe(md5(`${number}:${domain}:${password}`));
    }
    expect(await extensions.get("1000")).toMatchObject({
      kind: "proxy",
      ha1: md5(`1000:${domain}:the-proxy-secret`),
    });
  });

  test("one password for all is not the proxy account's, nor is the template", async () => {
    const template = { displayName: "Desk", callGroup: "a, b", enabled: false };
    await extensions.bulk({ from: 1000, to: 1002, password: "Quite-new-7", template });
    expect(await extensions.get("1001")).toMatchObject({
      displayName: "Desk",
      callGroup: "a,b",
      enabled: false,
      ha1: md5(`1001:${domain}:Quite-new-7`),
    });
    expect(await extensions.get("1000")).toMatchObject({
      displayName: "1000",
      callGroup: "",
      enabled: true,
      ha1: md5(`1000:${domain}:the-proxy-secret`),
    });
  });

  test("by default fails where some exist, naming the first, and changes nothing", async () => {
    await extensions.bulk({ from: 1010, to: 1019 });
    told = [];
    const before = await extensions.list({ limit: 100 });
    await expect(extensions.bulk({ from: 1001, to: 1100 })).rejects.toMatchObject({
      code: "extension-exists",
      detail: expect.stringContaining("1010, 1011, 1012, 1013, 1014 and 5 more"),
      extra: { numbers: ["1010", "1011", "1012", "1013", "1014"], count: 10 },
    });
    expect(await extensions.list({ limit: 100 })).toEqual(before);
    expect(told).toEqual([]);
  });

  test("skip leaves those that exist alone and returns the others' passwords only", async () => {
    const { extension } = await extensions.create({ number: "1002", displayName: "Ann" });
    told = [];
    const result = await extensions.bulk({ from: 1000, to: 1003, onExisting: "skip" });
    expect(result).toMatchObject({ created: 3, skipped: 1, replaced: 0 });
    expect(result.credentials.map(({ number }) => number)).toEqual(["1001", "1003"]);
    expect(await extensions.get("1002")).toEqual(extension);
    expect(told).toEqual(["1000", "1001", "1003"].map((number) => `${number}@${domain}`));
    const again = await extensions.bulk({ from: 1000, to: 1003, onExisting: "skip" });
    expect(again).toEqual({ created: 0, skipped: 4, replaced: 0, credentials: [] });
  });

  test("replace writes all anew", async () => {
    await extensions.create({ number: "1002", displayName: "Ann", password: "Quite-new-7" });
    const result = await extensions.bulk({ from: 1000, to: 1003, onExisting: "replace" });
    expect(result).toMatchObject({ created: 3, skipped: 0, replaced: 1 });
    const password = result.credentials.find(({ number }) => number === "1002")?.password;
    expect(await extensions.get("1002")).toMatchObject({
      displayName: "1002",
      ha1: md5(`1002:${domain}:${password}`),
    });
    expect(await extensions.bulk({ from: 1000, to: 1003, onExisting: "replace" })).toMatchObject({
      created: 0,
      replaced: 4,
    });
  });

  test.each([
    [{ from: "2000", to: "1999" }, "invalid-range"],
    [{ from: "1000", to: "101000" }, "invalid-range"],
    [{ from: "0100", to: "0199" }, "invalid-number"],
    [{ from: 1001, to: 1002, password: "short" }, "invalid-request"],
    [{ from: 12_345_670, to: 12_345_679, password: "12345678" }, "invalid-request"],
    [{ from: 1001, to: 1002, template: { displayName: "a\r\nb" } }, "unsafe-text"],
  ])("refuses %j as %s", async (input, code) => {
    await expect(extensions.bulk(input)).rejects.toMatchObject({ code });
    expect(await count()).toBe(0);
  });
});

describe("update and replace", () => {
  beforeEach(async () => {
    await extensions.create({
      number: "1001",
      displayName: "Ann",
      callGroup: "sales",
      password: "Quite-new-7",
    });
    told = [];
  });

  test("update changes the fields given and leaves the password", async () => {
    const { extension, password } = await extensions.update("1001", { enabled: false });
    expect(password).toBeNull();
    expect(extension).toMatchObject({ displayName: "Ann", callGroup: "sales", enabled: false });
    expect(extension.ha1).toBe(md5(`1001:${domain}:Quite-new-7`));
    expect(await extensions.get("1001")).toEqual(extension);
    expect(told).toEqual([`1001@${domain}`]);
  });

  test("replace sets the others to their defaults and leaves the password", async () => {
    const { extension } = await extensions.replace("1001", { context: "public" });
    expect(extension).toMatchObject({ displayName: "1001", callGroup: "", context: "public", enabled: true });
    expect(extension.ha1).toBe(md5(`1001:${domain}:Quite-new-7`));
  });

  test("a new password counts; a random one is told", async () => {
    const given = await extensions.update("1001", { password: "Another-one-8" });
    expect(given).toMatchObject({ password: null, extension: { ha1: md5(`1001:${domain}:Another-one-8`) } });
    const made = await extensions.update("1001", { password: "random" });
    expect(made.extension.ha1).toBe(md5(`1001:${domain}:${made.password}`));
  });

  test("changes at once are all kept", async () => {
    await Promise.all([
      extensions.update("1001", { displayName: "Bob" }),
      extensions.update("1001", { enabled: false }),
      extensions.update("1001", { callGroup: "support" }),
      extensions.update("1001", { context: "public" }),
    ]);
    expect(await extensions.get("1001")).toMatchObject({
      displayName: "Bob",
      enabled: false,
      callGroup: "support",
      context: "public",
    });
  });

  test.each([
    ["1002", {}, "extension-not-found"],
    ["x\r\ny", {}, "extension-not-found"],
    ["1000", { password: "Another-one-8" }, "proxy-account"],
    ["1001", { password: "short" }, "invalid-request"],
    ["1001", { callerIdName: "a\nb" }, "unsafe-text"],
  ])("%s with %j is refused as %s", async (number, patch, code) => {
    await expect(extensions.update(number, patch)).rejects.toMatchObject({ code });
    await expect(extensions.replace(number, patch)).rejects.toMatchObject({ code });
    expect(told).toEqual([]);
  });
});

describe("remove", () => {
  test("removes, once", async () => {
    await extensions.create({ number: "1001" });
    told = [];
    await extensions.remove("1001");
    expect(told).toEqual([`1001@${domain}`]);
    await expect(extensions.remove("1001")).rejects.toMatchObject({ code: "extension-not-found" });
    await expect(extensions.get("1001")).rejects.toMatchObject({ code: "extension-not-found" });
    expect(told).toHaveLength(1);
  });

  test("leaves the proxy account", async () => {
    await extensions.bulk({ from: 1000, to: 1001 });
    await expect(extensions.remove("1000")).rejects.toMatchObject({ code: "proxy-account" });
    expect(await count()).toBe(2);
  });
});

describe("the proxy account", () => {
  const served = {
    number: "1000",
    kind: "proxy",
    enabled: true,
    ha1: md5(`1000:${domain}:the-proxy-secret`),
  };

  test("is served where no range covers it, and only then is there one in the list", async () => {
    expect(await extensions.extension(domain, "1000")).toMatchObject(served);
    expect(await extensions.list({ limit: 10 })).toEqual([]);
    expect(await extensions.bulk({ from: 1000, to: 1000 })).toEqual({
      created: 1,
      skipped: 0,
      replaced: 0,
      credentials: [],
    });
    expect(await extensions.list({ limit: 10 })).toEqual([expect.objectContaining(served)]);
  });

  test("of a configuration is what the next one makes of it", async () => {
    await extensions.bulk({ from: 1000, to: 1001, password: "Quite-new-7" });
    const moved = withProxy("1001");
    expect(await moved.extension(domain, "1001")).toMatchObject({
      kind: "proxy",
      ha1: md5(`1001:${domain}:the-proxy-secret`),
    });
    expect(await moved.extension(domain, "1000")).toMatchObject({ kind: "phone" });
    await moved.update("1000", { password: "Another-one-8" });
    expect(await moved.get("1000")).toMatchObject({
      kind: "phone",
      ha1: md5(`1000:${domain}:Another-one-8`),
    });
    expect(await extensions.extension(domain, "1000")).toMatchObject(served);
    expect(await extensions.extension(domain, "1001")).toMatchObject({
      kind: "phone",
      ha1: md5(`1001:${domain}:Quite-new-7`),
    });
  });
});

describe("what a switch is told", () => {
  test("is only of our domain", async () => {
    await extensions.create({ number: "1001", callGroup: "sales" });
    expect(await extensions.extension(domain, "1001")).toMatchObject({ number: "1001" });
    expect(await extensions.extension(domain, "1002")).toBeUndefined();
    expect(await extensions.extension("other.test", "1001")).toBeUndefined();
    expect(await extensions.extension("other.test", "1000")).toBeUndefined();
    expect(await extensions.group(domain, "sales")).toHaveLength(1);
    expect(await extensions.group("other.test", "sales")).toEqual([]);
  });
});

test("a list refuses a cursor that it did not give out", async () => {
  await expect(extensions.list({ limit: 10, after: "1' or 1=1" })).rejects.toMatchObject({
    code: "invalid-request",
  });
});
