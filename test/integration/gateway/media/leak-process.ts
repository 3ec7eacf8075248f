// Opens and closes 200 legs, twenty of them with a peer that connects, and says what is left of them.
import { loopbackMedia, tellingLeg, WirePeer } from "../../../fakes/wire-peer.ts";

const pcmu = { name: "PCMU", clockRate: 8000, channels: 1, payloadType: 0, fmtp: "" };
const media = loopbackMedia();
const { events } = tellingLeg();
const web = await Promise.all(Array.from({ length: 100 }, () => media.webLeg(events)));
const sip = await Promise.all(Array.from({ length: 100 }, () => media.sipLeg(events)));
const peers: WirePeer[] = [];
for (const leg of web.slice(0, 20)) {
  const peer = await WirePeer.open();
  peers.push(peer);
  await leg.acceptOffer(peer.offer());
  await Promise.all([peer.take(await leg.createAnswer([pcmu])), leg.connected(10_000)]);
}
// Some are being connected still.
for (const leg of web.slice(20, 40)) {
  const peer = await WirePeer.open();
  peers.push(peer);
  await leg.acceptOffer(peer.offer());
  await leg.createAnswer([pcmu]);
}
for (const [index, leg] of web.entries()) {
  const other = sip[index];
  if (other) media.connect(leg, other);
}
const legs = media.counts().legs;
const connected = web.filter((leg) => leg.statistics().dtls === "connected").length;
await Promise.all([...web.slice(0, 50), ...sip.slice(50)].map((leg) => leg.close()));
await media.close();
for (const peer of peers) await peer[Symbol.asyncDispose]();
const sockets = process.getActiveResourcesInfo().filter((name) => name === "UDPWRAP").length;
process.send?.({ legs, connected, counts: media.counts(), sockets });
process.disconnect();
