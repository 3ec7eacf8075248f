import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { translate, translateDump } from "../../../src/switch/translate.ts";

type Headers = Record<string, string>;

const streams = join(import.meta.dirname, "..", "..", "fixtures", "streams");
const node = "lab:8021";

function lines(recording: string): (Headers | { snapshot: Headers[] })[] {
  const text = readFileSync(join(streams, `${recording}.jsonl`), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Headers | { snapshot: Headers[] });
}

const events = (recording: string): Headers[] =>
  lines(recording).filter((line): line is Headers => !Array.isArray(line["snapshot"]));

function one(recording: string, name: string, fits: (headers: Headers) => boolean = () => true): Headers {
  const found = events(recording).find(
    (headers) => (headers["Event-Name"] === name || headers["Event-Subclass"] === name) && fits(headers),
  );
  if (!found) throw new Error(`no ${name} in ${recording}`);
  return found;
}

const event = {
  "Event-Name": "CHANNEL_CREATE",
  "Core-UUID": "core",
  "Event-Sequence": "7",
  "Event-Date-Timestamp": "1795249870891397",
  "Unique-ID": "a",
};

describe("a recorded event", () => {
  test("CREATE of the called side", () => {
    const headers = one(
      "answered-caller-hangs-up",
      "CHANNEL_CREATE",
      (given) => given["Call-Direction"] === "outbound",
    );
    expect(translate(headers, node)).toEqual({
      name: "CHANNEL_CREATE",
      node,
      core: headers["Core-UUID"],
      sequence: Number(headers["Event-Sequence"]),
      time: Math.floor(Number(headers["Event-Date-Timestamp"]) / 1000),
      channel: {
        uuid: headers["Unique-ID"],
        direction: "outbound",
        callerNumber: "1001",
        callerName: "User 1001",
        calleeNumber: "1002",
        calleeName: "Outbound Call",
        destination: "1002",
        channelName: headers["Channel-Name"],
        createdAt: Math.floor(Number(headers["Caller-Channel-Created-Time"]) / 1000),
        answeredAt: null,
        callState: "DOWN",
        codec: null,
        relatedTo: headers["Other-Leg-Unique-ID"],
        requestedCall: null,
        reference: null,
        originator: headers["Other-Leg-Unique-ID"],
        blindTransfer: null,
      },
      bridgedWith: null,
      cause: null,
      attended: null,
      detail: null,
    });
  });

  test("BRIDGE and UNBRIDGE name the other channel", () => {
    for (const name of ["CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE"]) {
      const headers = one("answered-caller-hangs-up", name);
      expect(translate(headers, node)).toMatchObject({ name, bridgedWith: headers["Bridge-B-Unique-ID"] });
    }
  });

  test("HANGUP_COMPLETE and the state change before it tell the cause", () => {
    const [change, end] = [
      one("busy", "CHANNEL_CALLSTATE", (headers) => headers["Channel-Call-State"] === "HANGUP"),
      one("busy", "CHANNEL_HANGUP_COMPLETE"),
    ].map((headers) => translate(headers, node));
    expect(change).toMatchObject({ cause: "USER_BUSY", channel: { callState: "HANGUP" } });
    expect(end).toMatchObject({ cause: "USER_BUSY", channel: { callState: "HANGUP" } });
  });

  test("a leg of a call we asked for names that call", () => {
    expect(translate(one("originate-bridge", "CHANNEL_CREATE"), node)?.channel.requestedCall).toBe(
      "REQUESTED",
    );
  });

  test("a REFER's blind transfer shows on the channel that is sent on", () => {
    const moved = one("refer-by-callee", "CHANNEL_UNBRIDGE");
    expect(translate(moved, node)?.channel.blindTransfer?.to).toBe("1003");
    const asked = one("refer-by-callee", "sofia::transferor");
    expect(translate(asked, node)).toMatchObject({ name: "TRANSFER", attended: null, detail: "1003" });
  });

  test("a channel sent to an application by name is not transferred", () => {
    const sources = ["park-both", "attended-transfer-while-ringing", "uuid-bridge"].flatMap(events);
    const sent = sources.filter((headers) => headers["variable_transfer_source"] !== undefined);
    expect(sent.length).toBeGreaterThan(10);
    for (const headers of sent) expect(translate(headers, node)?.channel.blindTransfer ?? null).toBeNull();
  });

  test("an attended transfer names who is moved and to whom", () => {
    const headers = one("attended-transfer-by-callee", "sofia::transferor");
    expect(translate(headers, node)?.attended).toEqual({
      moved: headers["att_xfer_original_call_id"],
      target: headers["att_xfer_destination_call_id"],
    });
  });

  test("a valet slot parks and gives back", () => {
    const names = events("valet-park")
      .filter((headers) => headers["Event-Subclass"] === "valet_parking::info")
      .map((headers) => translate(headers, node)?.name);
    expect(names).toEqual(["CHANNEL_PARK", "CHANNEL_UNPARK", "CHANNEL_UNPARK"]);
  });

  test("a digit", () => {
    const digits = events("dtmf").flatMap((headers) => {
      const told = translate(headers, node);
      return told?.name === "DTMF" ? [told.detail] : [];
    });
    expect(digits).toEqual(["1", "2", "#"]);
  });

  test.each([
    ["a job's result", one("originate-busy", "BACKGROUND_JOB")],
    ["a conference", one("conference", "conference::maintenance")],
    ["a re-INVITE, which comes without the channel's state", one("hold-by-phone", "sofia::reinvite")],
    ["an event of no channel", { "Event-Name": "HEARTBEAT", "Event-Sequence": "1" }],
  ])("%s tells nothing of a call", (_, headers) => {
    expect(translate(headers, node)).toBeUndefined();
  });
});

const phone = (name = ""): string => /\/(\d+)@/.exec(name)?.[1] ?? name;

function dumps(recording: string, index: number): [string, string | null, boolean][] {
  const snapshots = lines(recording).flatMap((line) =>
    Array.isArray(line["snapshot"]) ? [line["snapshot"]] : [],
  );
  const names = new Map(
    events(recording).map((headers) => [headers["Unique-ID"], phone(headers["Channel-Name"])]),
  );
  return (snapshots[index] ?? []).map((headers): [string, string | null, boolean] => {
    const dump = translateDump(headers);
    const other = dump?.bridgedWith ?? null;
    return [phone(dump?.channel.channelName), other && (names.get(other) ?? other), dump?.parked ?? false];
  });
}
describe("a recorded uuid_dump", () => {
  test.each<[string, number, [string, string | null, boolean][]]>([
    [
      "answered-caller-hangs-up",
      0,
      [
        ["1001", "1002", false],
        ["1002", "1001", false],
      ],
    ],
    [
      "cancelled",
      0,
      [
        ["1001", null, false],
        ["1002", null, false],
      ],
    ],
    [
      "hold-by-phone",
      0,
      [
        ["1001", "1002", false],
        ["1002", "1001", false],
      ],
    ],
    [
      "refer-by-callee",
      0,
      [
        ["1001", null, false],
        ["1003", null, false],
      ],
    ],
    [
      "refer-by-callee",
      1,
      [
        ["1001", "1003", false],
        ["1003", "1001", false],
      ],
    ],
    ["uuid-park", 0, [["1001", null, true]]],
    [
      "park-both",
      0,
      [
        ["1001", null, true],
        ["1002", null, true],
      ],
    ],
    [
      "park-both",
      1,
      [
        ["1001", "1002", false],
        ["1002", "1001", false],
      ],
    ],
    ["valet-park", 0, [["1001", null, true]]],
    [
      "valet-park",
      1,
      [
        ["1001", "1002", false],
        ["1002", "1001", false],
      ],
    ],
    [
      "conference",
      0,
      [
        ["1001", null, false],
        ["1002", null, false],
        ["1003", null, false],
      ],
    ],
  ])("%s, snapshot %i: who is bridged with whom, who is parked", (recording, index, expected) => {
    expect(dumps(recording, index)).toEqual(expected);
  });

  test("carries its place among the events", () => {
    const [snapshot] = lines("uuid-park").flatMap((line) =>
      Array.isArray(line["snapshot"]) ? line["snapshot"] : [],
    );
    const sequence = translateDump(snapshot as Headers)?.sequence;
    expect(sequence).toBe(Number((snapshot as Headers)["Event-Sequence"]));
  });
});

const referenceIn = (headers: Record<string, string>): string | null | undefined =>
  translate(headers, node, "1000")?.channel.reference;

describe("malformed", () => {
  test.each([
    ["no uuid", { "Unique-ID": "" }],
    ["a uuid with a line break", { "Unique-ID": "a\nb" }],
    ["a uuid with a space", { "Unique-ID": "a b" }],
    ["no core", { "Core-UUID": "" }],
    ["a sequence that is no number", { "Event-Sequence": "7x" }],
    ["a negative sequence", { "Event-Sequence": "-7" }],
    ["a sequence beyond all", { "Event-Sequence": "9".repeat(40) }],
    ["a time that has not come", { "Event-Date-Timestamp": "0" }],
    ["an unknown name", { "Event-Name": "CHANNEL_TELEPORT" }],
    ["a name of Object's", { "Event-Name": "constructor" }],
  ])("%s is no event", (_, headers) => {
    expect(translate(event, node)).toBeDefined();
    expect(translate({ ...event, ...headers }, node)).toBeUndefined();
  });

  test("names of other channels that are no words are left out", () => {
    const headers = {
      "Other-Leg-Unique-ID": "a b",
      variable_patchcord_call: "x\ny",
      "Caller-Channel-Answered-Time": "soon",
    };
    const { channel } = translate({ ...event, ...headers }, node) ?? {};
    expect(channel).toMatchObject({ relatedTo: null, requestedCall: null, answeredAt: null });
  });

  test("a caller is the account that was authenticated, whatever its From says", () => {
    const inbound = { ...event, "Call-Direction": "inbound", "Caller-Caller-ID-Number": "077" };
    expect(translate(inbound, node)?.channel.callerNumber).toBe("077");
    expect(translate({ ...inbound, variable_user_name: "1001" }, node)?.channel.callerNumber).toBe("1001");
    const outbound = { ...inbound, "Call-Direction": "outbound", variable_user_name: "1001" };
    expect(translate(outbound, node)?.channel.callerNumber).toBe("077");
  });

  describe("the reference that a channel bears", () => {
    const told = { ...event, "variable_sip_h_X-Patchcord-Ref": "-told" };

    test("is what a header told, of a leg that was called or of our own account's call", () => {
      expect(referenceIn({ ...told, "Call-Direction": "outbound" })).toBe("-told");
      expect(referenceIn({ ...told, "Call-Direction": "inbound", variable_user_name: "1000" })).toBe("-told");
    });

    test("is not what a phone's header told", () => {
      expect(referenceIn({ ...told, "Call-Direction": "inbound", variable_user_name: "1001" })).toBeNull();
      expect(referenceIn({ ...told, "Call-Direction": "inbound" })).toBeNull();
      expect(
        referenceIn({ ...event, "Call-Direction": "outbound", "variable_sip_h_x-patchcord-ref": "x" }),
      ).toBeNull();
      const ofNobody = { ...told, "Call-Direction": "inbound", variable_user_name: "1000" };
      expect(translate(ofNobody, node)?.channel.reference).toBeNull();
    });

    test("is before all what our dialplan took down", () => {
      expect(referenceIn({ ...told, "Call-Direction": "inbound", variable_patchcord_ref: "_kept" })).toBe(
        "_kept",
      );
    });
  });

  test("a dump of a channel that is gone is none", () => {
    expect(translateDump({ "-ERR No such channel!": "" })).toBeUndefined();
  });
});

const known = [
  ...new Set(
    ["answered-caller-hangs-up", "attended-transfer-by-callee", "valet-park"]
      .flatMap(events)
      .flatMap(Object.keys),
  ),
];

test("no headers make it throw, and what it makes of them is well-formed", () => {
  const header = fc.oneof(fc.constantFrom(...known), fc.string());
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(...Object.values(one("dtmf", "DTMF")), "CUSTOM", "sofia::transferor"),
  );
  fc.assert(
    fc.property(fc.dictionary(header, value), (headers) => {
      const given = { ...event, ...headers };
      const told = translate(given, node);
      translateDump(given);
      translate(headers, node);
      if (told === undefined) return;
      expect(Number.isSafeInteger(told.sequence) && Number.isSafeInteger(told.time)).toBe(true);
      expect(told.channel.uuid).toMatch(/^[\w.-]+$/);
      expect(told.channel.relatedTo).not.toBe(told.channel.uuid);
    }),
    { numRuns: 2000 },
  );
});
