import type { Page } from "playwright-core";
import { tonesIn } from "../../live/harness/tone.ts";
import { until } from "../../live/harness/until.ts";

interface Listening {
  readonly stream: MediaStream;
  readonly analyser: AnalyserNode;
}

/** The latest sound that reached the page from the far side: 170 ms of it, or none without a stream. */
async function soundOf(page: Page): Promise<{ samples: Float64Array; rate: number }> {
  const { samples, rate } = await page.evaluate(async () => {
    const world = globalThis as typeof globalThis & { listening?: Listening };
    const stream = document.querySelector("audio")?.srcObject;
    if (!(stream instanceof MediaStream)) return { samples: [], rate: 1 };
    if (world.listening?.stream !== stream) {
      const context = new AudioContext();
      const analyser = new AnalyserNode(context, { fftSize: 8192 });
      new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(analyser);
      world.listening = { stream, analyser };
    }
    const { analyser } = world.listening;
    const heard = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(heard);
    return { samples: Array.from(heard), rate: analyser.context.sampleRate };
  });
  return { samples: Float64Array.from(samples), rate };
}

/** Resolves once the page hears exactly these of `candidates` (Hz). */
export async function hears(
  page: Page,
  wanted: readonly number[],
  candidates: readonly number[],
): Promise<void> {
  await until(`the page hears ${wanted.join(" and ") || "nothing"}`, async () => {
    const { samples, rate } = await soundOf(page);
    const found = tonesIn(samples, rate, candidates);
    const same = found.length === wanted.length && wanted.every((one) => found.includes(one));
    if (same && samples.length > 0) return true;
    throw new Error(`heard ${found.join(" and ") || "nothing"} in ${samples.length} samples`);
  });
}
