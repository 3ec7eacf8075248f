import { expect, test } from "vitest";
import { described, opus, pcmu } from "../../fakes/media.ts";
import { Rig, settle } from "./rig.ts";

const offer = described([opus, pcmu], "offer");

test("milestones are noted once each, and no look at the media is left when all have come", async () => {
  const rig = new Rig();
  const ada = rig.connect("2001");
  rig.invitations.invite(ada.session, { id: "call", to: "1001", sdp: offer, media: "audio" });
  await settle();
  const reference = rig.agent.last.header("X-Patchcord-Ref") ?? "";
  const notes = (): string[] =>
    (rig.traces.get(reference)?.notes ?? []).map(({ milestone, detail }) =>
      detail === null ? milestone : `${milestone} ${detail}`,
    );
  rig.agent.last.progress(180);
  rig.agent.last.accept(described([pcmu]));
  await settle();
  expect(notes()).toEqual(["ringing", "ice-connected", "dtls-connected"]);
  rig.media.leg("sip").received = 1;
  rig.clock.advance(250);
  rig.media.leg("web").received = 1;
  rig.clock.advance(250);
  const all = ["ringing", "ice-connected", "dtls-connected", "first-rtp sip", "first-rtp web"];
  expect(notes()).toEqual(all);
  expect(rig.clock.pending.filter((delay) => delay <= 250)).toEqual([]);
  rig.media.leg("web").events.lost("media-timeout");
  await settle();
  expect(notes()).toEqual([...all, "media-lost web: media-timeout"]);
  expect(rig.traces.get(reference)?.ending).toEqual({ cause: "MEDIA_TIMEOUT", sip: 200, by: "network" });
});

test("a call without media is not looked at for ever", async () => {
  const rig = new Rig();
  const ada = rig.connect("2001");
  rig.invitations.invite(ada.session, { id: "call", to: "1001", sdp: offer, media: "audio" });
  await settle();
  rig.agent.last.accept(described([pcmu]));
  await settle();
  expect(rig.clock.pending).toContain(250);
  for (let look = 0; look < 120; look += 1) rig.clock.advance(250);
  expect(rig.clock.pending).not.toContain(250);
});
