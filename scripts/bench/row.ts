/** What a benchmark says: rows, each ours beside another's, measured side by side in the same run. */

/** Samples of one contestant, summed up. */
export interface Summary {
  readonly min: number;
  readonly median: number;
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly ours: Summary;
  /** Named "-" when there is nothing to measure against. */
  readonly other: {
    readonly name: string;
    readonly min: number | null;
    readonly median: number | null;
  };
  /** Median of ours over median of the other. */
  readonly ratio: number | null;
  /** What is to be reached. */
  readonly reach: string;
  readonly reached: boolean;
}

/** What is to be reached. */
export interface Reach {
  readonly text: string;
  readonly isReached: (ours: number, ratio: number) => boolean;
}

/** Ours takes no more than this many times as much as the other. */
export function ratioAtMost(limit: number): Reach {
  return { text: `≤ ${limit} ×`, isReached: (_, ratio) => ratio <= limit };
}

/** Ours is at least this many times the other. */
export function ratioAtLeast(limit: number): Reach {
  return { text: `≥ ${limit} ×`, isReached: (_, ratio) => ratio >= limit };
}

/** Ours takes less than the other. */
export const FASTER: Reach = { text: "< 1 ×", isReached: (_, ratio) => ratio < 1 };

/** Ours is no more than this, whatever the other is. */
export function atMost(limit: number, unit: string): Reach {
  return { text: `≤ ${limit} ${unit}`, isReached: (ours) => ours <= limit };
}

/** Ours is no more than so much above the other. */
export function slowerByAtMost(limit: number, unit: string): Reach {
  return {
    text: `≤ + ${limit} ${unit}`,
    isReached: (ours, ratio) => ours - ours / ratio <= limit,
  };
}

/** How samples become a row. */
export interface RowPlan {
  readonly name: string;
  readonly unit: string;
  /** The name of our samples. */
  readonly ours: string;
  /** The name of the samples that ours are compared with. */
  readonly other?: string;
  readonly reach: Reach;
}

/** Samples by the name of what was measured. */
export type Samples = Readonly<Record<string, readonly number[]>>;

/** Rows that are measured together. */
export interface Group {
  readonly rows: readonly RowPlan[];
  measure(): Promise<Samples>;
}

/** The row of a plan. */
export function makeRow({ name, unit, ours, other, reach }: RowPlan, samples: Samples): Row {
  const mine = summary(samples[ours]!);
  const theirs = other === undefined ? undefined : summary(samples[other]!);
  const ratio = theirs ? mine.median / theirs.median : null;
  return {
    name,
    unit,
    ours: mine,
    other: { name: other ?? "-", min: theirs?.min ?? null, median: theirs?.median ?? null },
    ratio,
    reach: reach.text,
    reached: reach.isReached(mine.median, ratio ?? NaN),
  };
}

function summary(samples: readonly number[]): Summary {
  return { min: Math.min(...samples), median: percentile(samples, 0.5) };
}

/** The sample that this part of all samples does not exceed. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)]!;
}
