import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventHeaders } from "../../../src/protocol/esl/index.ts";
import { parseRegistrations, registrationChange } from "../../../src/switch/registration-wire.ts";

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../fixtures/esl", name), "utf8");
const recorded = JSON.parse(fixture("registration-events.json")) as Record<
  "register" | "unregister" | "expire" | "heartbeat",
  EventHeaders
>;

describe("events recorded from FreeSWITCH", () => {
  test("sofia::register", () => {
    expect(registrationChange(recorded.register, "n", 1000)).toEqual({
      kind: "online",
      registration: {
        user: "1001",
        domain: "lab.test",
        contact: "sip:1001-0x565480a07d00@127.0.0.1:16611",
        networkIp: "127.0.0.1",
        networkPort: 16611,
        transport: "udp",
        userAgent: "baresip v1.0.0 (x86_64/linux)",
        expiresAt: 601_000,
        node: "n",
        callId: "621fc7a99b9f7595",
      },
    });
  });

  test.each([
    ["expire", "1001", "621fc7a99b9f7595", "expired"],
    ["unregister", "1002", "140b1416627aff95", "unregistered"],
  ] as const)("sofia::%s", (name, user, callId, reason) => {
    const departure = { user, domain: "lab.test", node: "n", callId };
    expect(registrationChange(recorded[name], "n", 1000)).toEqual({ kind: "offline", departure, reason });
  });

  test("a lost TCP connection says so", () => {
    const headers = { ...recorded.unregister, reason: "socket-disconnection" };
    expect(registrationChange(headers, "n", 1)).toMatchObject({ reason: "socket-disconnection" });
  });

  test("any other event is none", () => {
    expect(registrationChange(recorded.heartbeat, "n", 1)).toBeUndefined();
    expect(registrationChange({ "Event-Subclass": "sofia::register" }, "n", 1)).toBeUndefined();
  });
});

test.each([
  ["Registered(UDP)", "sip:1@h", "udp"],
  ["Registered(TCP-NAT)", "sip:1@h", "tcp"],
  ["Registered(WSS-NAT)", "sip:1@h;transport=ws", "wss"],
  ["Registered(WS-NAT)", "sip:1@h", "ws"],
  ["Registered(TLS)", "sip:1@h", "tls"],
  ["Registered(AUTO-NAT)", "sip:1@h;transport=TCP;fs_nat=yes", "tcp"],
  ["Registered", "sip:1@h", "udp"],
])("%s from %s came by %s", (status, contact, transport) => {
  const headers = { ...recorded.register, status, contact: `"" <${contact}>` };
  expect(registrationChange(headers, "n", 1)).toMatchObject({ registration: { transport, contact } });
});

describe("sofia xmlstatus", () => {
  test("as recorded, agrees with the event of the same phone", () => {
    const listed = parseRegistrations(fixture("registrations.xml"), "n", 1000);
    expect(listed.map(({ user }) => user)).toEqual(["1001", "1002"]);
    const event = registrationChange(recorded.register, "n", 1000);
    // The list counts the profile's sip-expires-late-margin in.
    expect({ kind: "online", registration: { ...listed[0], expiresAt: 601_000 } }).toEqual(event);
    expect(listed[0]?.expiresAt).toBe(661_000);
  });

  test("escaped text and a Call-ID with brackets", () => {
    const xml = fixture("registrations.xml")
      .replace("621fc7a99b9f7595", "a<b>&amp;c</call-id>")
      .replace("baresip v1.0.0", "&lt;J\u{fffd}rg&gt; &amp; &quot;co&quot;");
    expect(parseRegistrations(xml, "n", 1)[0]).toMatchObject({
      callId: "a<b>&amp;c</call-id>",
      userAgent: '<J\u{fffd}rg> & "co" (x86_64/linux)',
    });
  });

  test.each(["Invalid Profile!\n", "-ERR sofia Command not found!\n", ""])("%j lists nobody", (output) => {
    expect(parseRegistrations(output, "n", 1)).toEqual([]);
  });

  test("anything else neither throws nor lists what has no user", () => {
    const line = fc.oneof(
      fc.constantFrom(
        "<registration>",
        "</registration>",
        "<user>a@b</user>",
        "<user>@b</user>",
        "<status>x</status>",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const { user, domain } of parseRegistrations(lines.join("\n"), "n", 1)) {
          expect([user, domain]).toEqual(["a", "b"]);
        }
      }),
    );
  });
});
