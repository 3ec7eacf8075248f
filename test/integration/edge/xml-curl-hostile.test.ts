import { describe, expect, test } from "vitest";
import type { Directory } from "../../../src/edge/xmlcurl/index.ts";
import { find, readXml } from "../../../src/protocol/fsxml/index.ts";
import { sendRaw } from "../../fakes/http.ts";
import { ManualClock } from "../../fakes/manual-clock.ts";
import { domain, isNotFound, recordedForms, startXmlCurl } from "../../fakes/xml-curl.ts";

const form = recordedForms.get("directory-sip_auth") ?? "";
const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

const padded = (size: number): string => `${form}&x=`.padEnd(size, "y");

const failing = (fail: () => Promise<never>): Directory => ({
  proxyAccount: "1000",
  extension: fail,
  group: fail,
});

describe("strangers", () => {
  test.each([
    ["none", ""],
    ["a wrong password", basic("fs:wrong")],
    ["a wrong user", basic("other:s3cret")],
    ["half of the password", basic("fs:s3cre")],
    ["more than the password", basic("fs:s3cret ")],
    ["another scheme", basic("fs:s3cret").replace("Basic", "Bearer")],
    ["no base64", "Basic %%%%"],
    ["only a scheme", "Basic"],
  ])("credentials: %s", async (_, authorization) => {
    await using server = await startXmlCurl();
    const response = await server.post(form, { headers: { authorization } });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Basic /);
    expect(await response.text()).not.toContain("a1-hash");
    expect(server.lookups).toEqual([]);
  });

  test("an address that is not on the list", async () => {
    await using server = await startXmlCurl({ acl: ["192.0.2.0/24"] });
    const response = await server.post(form);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("PATCHCORD_XML_CURL_ACL");
    expect(server.lookups).toEqual([]);
  });

  test("an empty list admits every address, with credentials", async () => {
    await using server = await startXmlCurl({ acl: [] });
    expect((await server.post(form)).status).toBe(200);
    expect((await server.post(form, { headers: { authorization: "" } })).status).toBe(401);
  });

  test("credentials and forms do not reach the log", async () => {
    await using server = await startXmlCurl();
    await server.post(form, { headers: { authorization: basic("fs:a-wrong-secret") } });
    await server.post(form);
    expect(server.log()).not.toMatch(/a-wrong-secret|s3cret|Zm.6|sip_auth_response/);
  });
});

describe("sizes and shapes", () => {
  test("a form of 1 MiB is refused, the next one is answered", async () => {
    await using server = await startXmlCurl();
    const response = await server.post(`${form}&x=${"y".repeat(1024 * 1024)}`);
    expect(response.status).toBe(413);
    expect((await server.post(form)).status).toBe(200);
  });

  test("64 KiB is the limit, of what arrives and not of what is announced", async () => {
    await using server = await startXmlCurl();
    expect((await server.post(padded(64 * 1024))).status).toBe(200);
    expect((await server.post(padded(64 * 1024 + 1))).status).toBe(413);
    const chunk = "y".repeat(0x8000);
    const answer = await sendRaw(
      server.port,
      [
        "POST /xml_curl HTTP/1.1",
        "Host: x",
        `Authorization: ${basic("fs:s3cret")}`,
        "Content-Type: application/x-www-form-urlencoded",
        "Transfer-Encoding: chunked",
        "Connection: close",
        "",
        ...Array.from({ length: 4 }, () => `8000\r\n${chunk}`),
        "0",
        "",
        "",
      ].join("\r\n"),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test.each(["application/json", "multipart/form-data; boundary=x", "text/xml"])(
    "a body of %s is refused",
    async (type) => {
      await using server = await startXmlCurl();
      expect((await server.post(form, { headers: { "content-type": type } })).status).toBe(415);
    },
  );

  test.each([
    ["nothing", ""],
    ["broken percent-encoding", "section=%&%=%zz&user=%e"],
    ["bytes that are no UTF-8", `section=directory&domain=${domain}&user=%ff%fe%00`],
    ["names of every object", "section=__proto__&constructor=1&__proto__=x&toString=y"],
    ["CR LF", `section=directory&domain=${domain}&user=1001%0d%0aX: y`],
    ["a section in capitals", "section=DIRECTORY"],
    ["an unknown section", "section=nonsense"],
    ["ten thousand fields", Array.from({ length: 10_000 }, (_, index) => `${index}=`).join("&")],
  ])("%s: not found, and no harm", async (_, body) => {
    await using server = await startXmlCurl();
    const response = await server.post(body);
    expect(response.status).toBe(200);
    expect(isNotFound(readXml(await response.text()))).toBe(true);
  });

  test("only POST is answered", async () => {
    await using server = await startXmlCurl();
    const answer = await sendRaw(
      server.port,
      `GET /xml_curl?${form} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic("fs:s3cret")}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  });

  test("a section in the path changes nothing", async () => {
    await using server = await startXmlCurl();
    const response = await server.post(form, { path: "/xml_curl/dialplan" });
    const document = readXml(await response.text());
    expect(
      find(document, "section=directory", `domain=${domain}`, "groups", "group", "users", "user"),
    ).toBeDefined();
  });
});

describe("our own faults", () => {
  test("an error is not found, and its words stay here", async () => {
    await using server = await startXmlCurl({
      directory: failing(() => Promise.reject(new Error("disk full at /var/lib/patchcord"))),
    });
    const response = await server.post(form);
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(isNotFound(readXml(text))).toBe(true);
    expect(text).not.toContain("disk full");
    expect(server.lookups).toMatchObject([{ kind: "directory.sip_auth", outcome: "error" }]);
  });

  test("a directory that does not answer is not found before FreeSWITCH gives up", async () => {
    const clock = new ManualClock();
    const asked = Promise.withResolvers<void>();
    await using server = await startXmlCurl({
      clock,
      directory: failing(() => {
        asked.resolve();
        return new Promise<never>(() => undefined);
      }),
    });
    const answer = server.ask(new URLSearchParams(form));
    await asked.promise;
    clock.advance(3_000);
    expect(isNotFound((await answer).document)).toBe(true);
    expect(server.lookups).toMatchObject([{ kind: "directory.sip_auth", outcome: "deadline" }]);
  });
});
