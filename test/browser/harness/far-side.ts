import type { Page } from "playwright-core";

/**
 * The other end of a call in a tab of its own: a peer connection that is none of our code, which sings `frequency`.
 * All its candidates stand in its descriptions.
 */
export class FarSide {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Answers an offer without candidates: those come by `candidate`. */
  async answer(offer: string, frequency: number): Promise<string> {
    return this.#describe(offer, frequency);
  }

  async offer(frequency: number): Promise<string> {
    return this.#describe(undefined, frequency);
  }

  async #describe(offer: string | undefined, frequency: number): Promise<string> {
    return this.#page.evaluate(
      async ([sdp, pitch]) => {
        const world = globalThis as typeof globalThis & { far?: RTCPeerConnection };
        world.far?.close();
        const far = new RTCPeerConnection();
        world.far = far;
        const context = new AudioContext();
        const oscillator = new OscillatorNode(context, { frequency: pitch });
        const sink = new MediaStreamAudioDestinationNode(context);
        oscillator.connect(sink);
        oscillator.start();
        far.addEventListener("track", ({ streams: [stream] }) => {
          const audio = document.querySelector("audio") ?? document.createElement("audio");
          document.body.append(audio);
          audio.srcObject = stream ?? null;
          void audio.play();
        });
        if (sdp !== undefined) await far.setRemoteDescription({ type: "offer", sdp });
        for (const track of sink.stream.getTracks()) far.addTrack(track, sink.stream);
        const { promise, resolve } = Promise.withResolvers<void>();
        far.addEventListener("icecandidate", ({ candidate }) => {
          if (candidate === null) resolve();
        });
        await far.setLocalDescription();
        await promise;
        return far.localDescription?.sdp ?? "";
      },
      [offer, frequency] as const,
    );
  }

  async takeAnswer(sdp: string): Promise<void> {
    await this.#page.evaluate(async (answer) => {
      const { far } = globalThis as typeof globalThis & { far?: RTCPeerConnection };
      await far?.setRemoteDescription({ type: "answer", sdp: answer });
    }, sdp);
  }

  async candidate(candidate: RTCIceCandidateInit): Promise<void> {
    await this.#page.evaluate(async (one) => {
      const { far } = globalThis as typeof globalThis & { far?: RTCPeerConnection };
      await far?.addIceCandidate(one);
    }, candidate);
  }

  get page(): Page {
    return this.#page;
  }
}
