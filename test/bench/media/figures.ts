export interface Summary {
  readonly median: number;
  /** Bounds of the median: order statistics that hold it with at least 95 %, or all that there is. */
  readonly low: number;
  readonly high: number;
}

/** Median and its distribution-free interval. Throws when there are no values. */
export function summary(values: readonly number[]): Summary {
  const sorted = values.toSorted((one, other) => one - other);
  const count = sorted.length;
  const at = (index: number): number => {
    const value = sorted[index];
    if (value === undefined) throw new Error("no values");
    return value;
  };
  const middle = Math.floor(count / 2);
  const median = count % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  // P(fewer than k of n values lie below the median), n tosses of a coin.
  let [cut, below, chance] = [0, 0, 0.5 ** count];
  for (let k = 0; k < middle; k += 1) {
    below += chance;
    if (2 * below > 0.05) break;
    cut = k;
    chance = (chance * (count - k)) / (k + 1);
  }
  return { median, low: at(cut), high: at(count - 1 - cut) };
}
