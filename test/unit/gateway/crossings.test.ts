import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { described, events, FakeLeg, opus, pcmu } from "../../fakes/media.ts";
import { recordingLogger } from "../../fakes/recording-logger.ts";
import { FakeIncoming } from "../../fakes/sip-agent.ts";
import { nothing, Rig, settle, type Device } from "./rig.ts";

const offer = described([opus, pcmu, events], "offer");
const barred = '403 Reason: Q.850;cause=21;text="CALL_REJECTED"';
const unknown = '404 Reason: Q.850;cause=1;text="UNALLOCATED_NUMBER"';
let rig: Rig;
let ada: Device;

beforeEach(() => {
  rig = new Rig();
  ada = rig.connect("2001", "Ada Lovelace");
});

const dial = (to = "1001"): void =>
  rig.invitations.invite(ada.session, { id: "call", to, sdp: offer, media: "audio" });

/** The switch calls the web user 2001. */
function ring(reference: string, number = "<sip:2001@pbx.test>"): FakeIncoming {
  const call = new FakeIncoming(
    [
      ["From", "<sip:1001@pbx.test>;tag=1"],
      ["X-Number", number],
      ["X-Patchcord-Ref", reference],
    ],
    described([pcmu, events], "offer"),
  );
  rig.incoming.take(call);
  return call;
}

test("an answered call goes on for as long as its sides like, whatever may ring for how long", async () => {
  dial();
  await settle();
  rig.agent.last.progress(180);
  const dialog = rig.agent.last.accept(described([pcmu, events]));
  await settle();
  rig.clock.advance(24 * 3_600_000);
  await settle();
  expect(rig.sessions.counts()).toEqual({ active: 1 });
  expect(dialog.ended).toBeNull();
  expect(ada.words.at(-1)).toBe("state accepted");
});

test("why a browser's media failed is in the line of its session", async () => {
  const { log, lines } = recordingLogger();
  rig = new Rig(log);
  ada = rig.connect("2001", "Ada Lovelace");
  dial();
  await settle();
  rig.media.leg("web").events.lost("dtls-failed", "it sent no certificate");
  await settle();
  const line = lines()
    .split("\n")
    .find((one) => one.includes("the media of a side is lost"));
  expect(JSON.parse(line ?? "{}")).toMatchObject({
    level: 40,
    session: expect.stringMatching(/^\w{26}$/),
    side: "caller",
    reason: "dtls-failed",
    detail: "it sent no certificate",
  });
});

describe("an end that comes while", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Held back until the test lets it come. */
  function held(which: "webLeg" | "sipLeg"): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    const make = rig.media[which].bind(rig.media);
    vi.spyOn(rig.media, which).mockImplementation(async (told) => {
      await promise;
      return make(told);
    });
    return resolve;
  }

  test.each(["webLeg", "sipLeg"] as const)("a %s is made closes it, and nobody is called", async (which) => {
    const come = held(which);
    dial();
    await settle();
    rig.invitations.cancel(ada.session, "call");
    await settle();
    come();
    await settle();
    expect(rig.media.legs.filter(({ closed }) => !closed)).toEqual([]);
    expect(rig.agent.invites).toEqual([]);
    expect(ada.words).toEqual(["state sent", "state canceled ORIGINATOR_CANCEL"]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("our offer is made sends no INVITE", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    vi.spyOn(FakeLeg.prototype, "createOffer").mockReturnValue(promise);
    dial();
    await settle();
    rig.invitations.cancel(ada.session, "call");
    resolve(described([pcmu], "offer"));
    await settle();
    expect(rig.agent.invites).toEqual([]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("the offer is made rings at nobody", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    vi.spyOn(FakeLeg.prototype, "createOffer").mockReturnValue(promise);
    const call = ring(rig.referenceTo("2001"));
    await settle();
    call.cancel();
    resolve(described([pcmu], "offer"));
    await settle();
    expect(ada.words).toEqual([]);
    expect(call.answers).toEqual([]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("a web user's offer is read is no call of anybody's", async () => {
    rig.destination = { kind: "webUser", user: "2002" };
    const come = held("webLeg");
    dial("02002");
    await settle();
    rig.invitations.cancel(ada.session, "call");
    come();
    await settle();
    expect(rig.calls.list()).toEqual([]);
    expect(rig.published.filter(({ type }) => type.startsWith("call."))).toEqual([]);
    expect(rig.leftovers).toEqual(nothing);
  });
});

describe("a reference", () => {
  test("that came with another web user's number is spent, and kept no longer than any that is over", () => {
    const reference = rig.referenceTo("2001");
    expect(ring(reference, "<sip:2002@pbx.test>").answers).toEqual([unknown]);
    expect(ring(reference).answers).toEqual([barred]);
    expect(rig.references.counts()).toEqual({ waiting: 1, inUse: 0 });
    rig.clock.advance(60_000);
    expect(rig.references.counts()).toEqual({ waiting: 0, inUse: 0 });
  });

  test("of a call between web users calls nobody by way of the switch", async () => {
    rig.connect("2002", "Bob");
    rig.destination = { kind: "webUser", user: "2002" };
    const issued = vi.spyOn(rig.references, "issue");
    dial("02002");
    await settle();
    const references = issued.mock.results.map(({ value }) => value as string);
    expect(references).toHaveLength(2);
    for (const reference of references) expect(ring(reference).answers).toEqual([barred]);
  });
});
