/** Our media plane as the gateway uses it: a browser's leg connected with a SIP leg. */
import { once } from "node:events";
import { silentLogger, systemClock, systemIds } from "../../../src/base/index.ts";
import { createMedia, type Media } from "../../../src/gateway/media/index.ts";
import { host, type FromRelay, type ToRelay } from "./messages.ts";
import { plainSdp, portOf } from "./sdp.ts";

const say = (message: FromRelay): void => {
  process.send?.(message);
};

const events = {
  lost: (reason: string) => say({ type: "failed", reason }),
  digit: () => undefined,
};

async function relay(
  media: Media,
  call: ToRelay["calls"][number],
): Promise<{ answer: string; plain: number }> {
  const [web, sip] = [await media.webLeg(events), await media.sipLeg(events)];
  const { codecs } = await web.acceptOffer(call.offer);
  const offer = await sip.createOffer(codecs);
  const chosen = await sip.acceptAnswer(plainSdp(call.plain));
  const answer = await web.createAnswer(chosen.codecs);
  media.connect(web, sip);
  return { answer, plain: portOf(offer) };
}

const media = createMedia({
  sip: { host },
  ports: { from: 40_000, to: 40_999 },
  mediaTimeoutSeconds: 15,
  clock: systemClock,
  ids: systemIds,
  log: silentLogger,
});
// Sockets would keep it alive after the bench was killed.
process.once("disconnect", () => process.exit());
say({ type: "ready" });
const [{ calls }] = (await once(process, "message")) as [ToRelay];
try {
  const answers: { answer: string; plain: number }[] = [];
  for (const call of calls) answers.push(await relay(media, call));
  say({ type: "relaying", calls: answers });
} catch (error) {
  say({ type: "failed", reason: String(error) });
}
