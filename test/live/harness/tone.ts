/** Which tones are in the sound: the Goertzel algorithm, one bin per frequency asked for. */

/** Below this root mean square (of full scale 1) there is silence: G.711's quantisation noise is under 0.01. */
const silence = 0.01;
/** A tone counts when it holds this share of the energy; two tones mixed hold about half each. */
const share = 0.25;

/**
 * Those of `candidates` (Hz) that are heard in `samples` (-1 to 1, `rate` per second), the strongest first.
 * Candidates must be further apart than `rate / samples.length` Hz.
 */
export function tonesIn(samples: Float64Array, rate: number, candidates: readonly number[]): number[] {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
  if (samples.length === 0 || Math.sqrt(energy / samples.length) < silence) return [];
  return candidates
    .map((frequency) => ({
      frequency,
      part: (2 * goertzel(samples, rate, frequency)) / (samples.length * energy),
    }))
    .filter(({ part }) => part >= share)
    .toSorted((one, other) => other.part - one.part)
    .map(({ frequency }) => frequency);
}

/** Squared magnitude of the Fourier coefficient at `frequency`. */
function goertzel(samples: Float64Array, rate: number, frequency: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  let previous = 0;
  let beforePrevious = 0;
  for (const sample of samples) {
    const current = sample + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = current;
  }
  return previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious;
}
