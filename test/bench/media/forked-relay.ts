import { Forked } from "./forked.ts";
import type { Ends, FromRelay, Relayed, ToRelay } from "./messages.ts";
import type { Peer, Running } from "./peer.ts";

/** A relay that is a process of the bench's own: the file `process`, which speaks ToRelay and FromRelay. */
export const forkedRelay = (name: string, process: string): Peer => ({
  name,
  keying: "dtls",
  missing: () => null,
  async start(): Promise<Running> {
    const relay = new Forked<ToRelay, FromRelay>(process);
    await relay.hear("ready");
    return {
      pid: relay.pid,
      command: relay.command,
      async relay(calls: readonly Ends[]): Promise<readonly Relayed[]> {
        relay.say({
          calls: calls.map(({ plain, secure }) => {
            if (!("offer" in secure)) throw new Error("an end without an offer");
            return { plain, offer: secure.offer };
          }),
        });
        const { calls: answers } = await relay.hear("relaying");
        return answers.map(({ answer, plain }) => ({ plain, secure: { answer } }));
      },
      stop: () => relay.stop(),
    };
  },
});
