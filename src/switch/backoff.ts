const first = 250;
const longest = 5000;

/**
 * Milliseconds to wait before attempt `failures + 1`: doubling from a quarter of a second to five seconds,
 * half of it by chance (`random` in [0, 1)), so that many Patchcords do not return to a switch in step.
 */
export function backoff(failures: number, random: number): number {
  const ceiling = Math.min(longest, first * 2 ** Math.min(failures, 20));
  return Math.round(ceiling * (0.5 + random / 2));
}
