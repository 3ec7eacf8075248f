import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { consolePlugin } from "../../../src/edge/console/index.ts";
import { startServer, type RunningServer } from "../../fakes/http.ts";

let directory: string;
let http: RunningServer;

beforeEach(async () => {
  directory = join(mkdtempSync(join(tmpdir(), "patchcord-console-")), "console");
  http = await startServer({ apiAcl: ["192.0.2.0/24"], open: [consolePlugin({ directory })] });
});
afterEach(async () => {
  await http[Symbol.asyncDispose]();
  rmSync(join(directory, ".."), { recursive: true });
});

function build(): void {
  mkdirSync(join(directory, "assets"), { recursive: true });
  writeFileSync(join(directory, "index.html"), "<h1>index</h1>");
  writeFileSync(join(directory, "phone.html"), "<h1>phone</h1>");
  writeFileSync(join(directory, "assets", "phone-Ab12.js"), "export {};");
  writeFileSync(join(directory, ".inputs"), "hash");
}
const get = (path: string) => http.call(path, { token: null, redirect: "manual" });

test("pages that are not built say what to do, and are there once they are", async () => {
  const missing = await get("/phone");
  expect(missing.status).toBe(503);
  expect(missing.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(missing.text).toContain("npm start");
  expect((await get("/")).status).toBe(503);
  build();
  expect(await get("/phone")).toMatchObject({ status: 200, text: "<h1>phone</h1>" });
  expect(await get("/")).toMatchObject({ status: 200, text: "<h1>index</h1>" });
  expect((await get("/assets/phone-Ab12.js")).status).toBe(200);
});

test("a page is not stored, its assets are kept for ever", async () => {
  build();
  const page = await get("/phone");
  expect(page.headers.get("cache-control")).toBe("no-store");
  expect(page.headers.get("etag")).toBeNull();
  const asset = await get("/assets/phone-Ab12.js");
  expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(asset.headers.get("content-type")).toContain("javascript");
});

test.each(["/", "/phone", "/assets/phone-Ab12.js"])(
  "%s comes under a policy that trusts nobody else",
  async (path) => {
    build();
    const { headers } = await get(path);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*/);
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("permissions-policy")).toContain("microphone=(self)");
  },
);

test("the page that says that they are not built comes under it too", async () => {
  expect((await get("/phone")).headers.get("content-security-policy")).toContain("default-src 'none'");
});

test("/phone/ leads to /phone", async () => {
  const { status, headers } = await get("/phone/");
  expect([status, headers.get("location")]).toEqual([301, "/phone"]);
});

test.each([
  "/assets/../phone.html",
  "/assets/%2e%2e/.inputs",
  "/assets/..%2f.inputs",
  "/.inputs",
  "/assets/",
  "/assets/none.js",
])("%s is not found", async (path) => {
  build();
  const { status, body } = await get(path);
  expect([status, body?.code]).toEqual([404, "not-found"]);
});

test("the list of addresses that may use the API does not bind them", async () => {
  build();
  expect((await get("/api/v1/openapi.json")).status).toBe(403);
  expect((await get("/phone")).status).toBe(200);
});
