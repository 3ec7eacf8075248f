/** ITU-T E.180 leaves cadence and pitch to each country; these are the European ones, softened for a computer. */
const patterns = {
  /** Someone calls. */
  ring: { frequencies: [440, 554], on: 0.9, off: 1.6, gain: 0.12 },
  /** It rings at the far side. */
  ringback: { frequencies: [425], on: 1, off: 4, gain: 0.06 },
} as const;

export type Tone = keyof typeof patterns;

/**
 * One tone at a time, made here: no sound is loaded. Silent until the page was touched, as browsers want it, and from
 * then on heard. It is repeated by the sound's own clock: the timers of a page that nobody looks at may come but once a
 * minute.
 */
export class Tones {
  #playing: { readonly tone: Tone; readonly stop: () => void } | undefined;

  play(tone: Tone | undefined): void {
    if (this.#playing?.tone === tone) return;
    this.#playing?.stop();
    this.#playing = tone === undefined ? undefined : { tone, stop: start(tone) };
  }
}

/** The answer ends it. */
function start(tone: Tone): () => void {
  const context = new AudioContext();
  const source = new AudioBufferSourceNode(context, { buffer: cadence(context, tone), loop: true });
  source.connect(context.destination);
  source.start();
  const over = new AbortController();
  const wake = (): void => {
    context.resume().catch(() => undefined);
  };
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, wake, { signal: over.signal });
  return () => {
    over.abort();
    void context.close();
  };
}

/** Without ramps each beep clicks. */
const ramp = 0.03;

/** Once on and once off. */
function cadence({ sampleRate }: AudioContext, tone: Tone): AudioBuffer {
  const { frequencies, on, off, gain } = patterns[tone];
  const buffer = new AudioBuffer({ length: Math.round((on + off) * sampleRate), sampleRate });
  const samples = buffer.getChannelData(0);
  for (let at = 0; at < on * sampleRate; at += 1) {
    const time = at / sampleRate;
    const volume = gain * Math.max(0, Math.min(1, time / ramp, (on - time) / ramp));
    const waves = frequencies.map((frequency) => Math.sin(2 * Math.PI * frequency * time));
    samples[at] = volume * waves.reduce((sum, wave) => sum + wave, 0);
  }
  return buffer;
}
