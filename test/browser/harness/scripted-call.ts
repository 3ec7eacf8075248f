import type { ScriptedDevice } from "../../fakes/signalling.ts";
import type { FarSide } from "./far-side.ts";

/** Passes the device's candidates on until it has told of the last one. */
async function trickle(device: ScriptedDevice, far: FarSide): Promise<void> {
  for (;;) {
    const { candidate } = await device.next("candidate");
    if (candidate.candidate === "") return;
    await far.candidate(candidate);
  }
}

/** Rings at the device; the far side will sing `frequency`. */
export async function ring(
  device: ScriptedDevice,
  far: FarSide,
  { id, frequency, from }: { id: string; frequency: number; from: { number: string; name: string } },
): Promise<void> {
  const sdp = await far.offer(frequency);
  device.tell({ type: "invitation", id, from, sdp, media: "audio", number: "02001" });
  await device.next("received");
}

/** Takes the device's acceptance; resolves once the far side has all it needs. */
export async function confirm(device: ScriptedDevice, far: FarSide): Promise<void> {
  const accept = await device.next("accept");
  await far.takeAnswer(accept.sdp);
  device.tell({ type: "state", id: accept.id, state: "acceptSent" }, accept);
  device.tell({ type: "state", id: accept.id, state: "accepted" });
  await trickle(device, far);
}

/** Takes the device's invitation: it rings at the far side. Resolves to its id and offer. */
export async function takeInvitation(
  device: ScriptedDevice,
): Promise<{ id: string; to: string; sdp: string }> {
  const invite = await device.next("invite");
  const { id = "", to, sdp } = invite;
  device.sent(invite);
  device.tell({ type: "state", id, state: "received" });
  return { id, to, sdp };
}

/** The far side picks up, or only sounds before it does (`early`). */
export async function pickUp(
  device: ScriptedDevice,
  far: FarSide,
  { id, sdp, frequency, early = false }: { id: string; sdp: string; frequency: number; early?: boolean },
): Promise<string> {
  const answer = await far.answer(sdp, frequency);
  if (early) device.tell({ type: "progress", id, sdp: answer });
  else {
    device.tell({ type: "answer", id, sdp: answer });
    device.tell({ type: "state", id, state: "accepted" });
  }
  await trickle(device, far);
  return answer;
}
