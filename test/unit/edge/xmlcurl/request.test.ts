import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseForm } from "../../../../src/edge/xmlcurl/form.ts";
import { parseRequest } from "../../../../src/edge/xmlcurl/request.ts";
import { recordedForms } from "../../../fakes/xml-curl.ts";

const kinds = [
  "directory.sip_auth",
  "directory.user_call",
  "directory.group_call",
  "directory.message-count",
  "directory.voicemail-lookup",
  "directory.event_socket_auth",
  "directory.reverse-auth-lookup",
  "directory.user",
  "directory.domain",
  "directory.gateways",
  "directory.network-list",
  "dialplan",
  "configuration",
  "chatplan",
  "languages",
  "phrases",
  "other",
];

const fields = [
  "hostname",
  "section",
  "tag_name",
  "key_name",
  "key_value",
  "action",
  "purpose",
  "user",
  "domain",
  "group",
  "Hunt-Context",
  "Caller-Context",
  "Hunt-Destination-Number",
  "variable_sip_h_P-x",
  "variable_user_name",
];
const values = [
  "directory",
  "dialplan",
  "configuration",
  "sip_auth",
  "user_call",
  "gateways",
  "network-list",
  "",
  "1001",
];

test("any form, however broken, is a request of a known kind", () => {
  const pair = fc.tuple(
    fc.oneof(fc.constantFrom(...fields), fc.string({ unit: "binary" })),
    fc.oneof(fc.constantFrom(...values), fc.string({ unit: "binary" })),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pair).map(String),
        fc.array(pair).map((all) => new URLSearchParams(all).toString()),
      ),
      (body) => {
        expect(kinds).toContain(parseRequest(parseForm(body)).kind);
      },
    ),
    { numRuns: 1000 },
  );
});

test("a recorded form of which any field is missing is still a request", () => {
  for (const body of recordedForms.values()) {
    const form = parseForm(body);
    for (const field of form.keys()) {
      const rest = new Map(form);
      rest.delete(field);
      expect(kinds).toContain(parseRequest(rest).kind);
    }
  }
});

describe("a name that comes twice", () => {
  test("mod_xml_curl's own fields, which come first, cannot be overridden", () => {
    const form = parseForm("section=dialplan&key_value=a&section=configuration&key_value=patchcord.conf");
    expect(form.get("section")).toBe("dialplan");
    expect(form.get("key_value")).toBe("a");
  });

  test("whom FreeSWITCH looks for comes behind the variables of a call", () => {
    const request = parseRequest(parseForm("section=directory&user=1000&domain=x&key=id&user=1001&domain=y"));
    expect(request).toMatchObject({ ask: "user", user: "1001", domain: "y" });
  });
});

const ask = (form: Record<string, string>) =>
  parseRequest(new Map(Object.entries({ section: "dialplan", ...form })));

describe("a dialplan look-up", () => {
  test("is about what is hunted, not about an earlier turn of the call", () => {
    expect(
      ask({
        "Caller-Context": "public",
        "Caller-Destination-Number": "1",
        "Hunt-Context": "default",
        "Hunt-Destination-Number": "2",
      }),
    ).toMatchObject({ context: "default", dialled: "2" });
    expect(ask({ "Caller-Context": "public", "Caller-Destination-Number": "1" })).toMatchObject({
      context: "public",
      dialled: "1",
    });
  });

  test("names the caller that was authenticated, not the one that a phone claims to be", () => {
    expect(ask({ variable_user_name: "1001", "Caller-Caller-ID-Number": "1002" })).toMatchObject({
      user: "1001",
    });
    expect(ask({ "Caller-Caller-ID-Number": "1002", variable_sip_from_user: "1002" })).toMatchObject({
      user: null,
    });
  });

  test("names the channel, and what it shows to prove that it is a web user's", () => {
    expect(ask({ "Unique-ID": "u", "Call-Direction": "outbound" })).toMatchObject({
      uuid: "u",
      direction: "outbound",
      reference: null,
    });
    const header = { "variable_sip_h_X-Patchcord-Ref": "shown" };
    expect(ask(header)).toMatchObject({ reference: { value: "shown", kept: false } });
    expect(ask({ ...header, variable_patchcord_ref: "kept" })).toMatchObject({
      reference: { value: "kept", kept: true },
    });
    expect(ask({ "variable_sip_h_x-patchcord-ref": "shown" })).toMatchObject({ reference: null });
  });

  test.each([
    "sip_h_X-Number",
    "sip_h_x-number",
    "sip_h_X-NUMBER-12",
    "sip_h_X-Patchcord-Ref",
    "sip_h_x-patchcord-anything",
    "sip_h_P-Asserted-Identity",
    "sip_h_p-x!%*_+`'~.",
  ])("distrusts %s", (name) => {
    expect(ask({ [`variable_${name}`]: "x" })).toMatchObject({ forged: [name] });
  });

  test.each([
    "variable_sip_h_X-Other",
    "variable_sip_h_Referred-By",
    "variable_sip_h_P-a b",
    "variable_sip_h_P-${system(id)}",
    "variable_sip_h_P-a\r\nb",
    "sip_h_X-Number",
    "variable_x_sip_h_X-Number",
  ])("leaves %j alone", (field) => {
    expect(ask({ [field]: "x" })).toMatchObject({ forged: [] });
  });
});
