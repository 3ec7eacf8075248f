/** ITU-T E.180 leaves cadence and pitch to each country; these are the European ones, softened for a computer. */
const patterns = {
  /** Someone calls. */
  ring: { frequencies: [440, 554], on: 0.9, off: 1.6, gain: 0.12 },
  /** It rings at the far side. */
  ringback: { frequencies: [425], on: 1, off: 4, gain: 0.06 },
} as const;

export type Tone = keyof typeof patterns;

/** One tone at a time, made here: no sound is loaded. Silent until the page was touched, as browsers want it. */
export class Tones {
  #playing: { readonly tone: Tone; readonly context: AudioContext; readonly timer: number } | undefined;

  play(tone: Tone | undefined): void {
    if (this.#playing?.tone === tone) return;
    if (this.#playing !== undefined) {
      clearInterval(this.#playing.timer);
      void this.#playing.context.close();
      this.#playing = undefined;
    }
    if (tone === undefined) return;
    const { on, off } = patterns[tone];
    const context = new AudioContext();
    const beep = (): void => sound(context, tone);
    beep();
    this.#playing = { tone, context, timer: window.setInterval(beep, (on + off) * 1000) };
  }
}

function sound(context: AudioContext, tone: Tone): void {
  // Notes of a sleeping context would pile up and sound all at once.
  if (context.state !== "running") return;
  const { frequencies, on, gain } = patterns[tone];
  const now = context.currentTime;
  const volume = context.createGain();
  // Without ramps each beep clicks.
  volume.gain.setValueAtTime(0, now);
  volume.gain.linearRampToValueAtTime(gain, now + 0.03);
  volume.gain.setValueAtTime(gain, now + on - 0.05);
  volume.gain.linearRampToValueAtTime(0, now + on);
  volume.connect(context.destination);
  for (const frequency of frequencies) {
    const oscillator = context.createOscillator();
    oscillator.frequency.value = frequency;
    oscillator.connect(volume);
    oscillator.start(now);
    oscillator.stop(now + on);
  }
}
