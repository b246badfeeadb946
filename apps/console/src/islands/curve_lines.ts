/** What the server tells of one run or of several, as the lines of a chart. */
interface Point {
  readonly step: number;
  readonly loss?: number;
  readonly validationLoss?: number;
}

/** Of `/runs/:id/training.json`, alone or `?with=` others. */
export interface Curve {
  readonly points?: readonly Point[];
  readonly runs?: readonly { readonly id: string; readonly color: number; readonly points: readonly Point[] }[];
  readonly references: readonly { readonly name: string; readonly loss: number }[];
}

export interface Line {
  /** Where its value below the cursor is told. */
  readonly place: string;
  /** Selects the drawn path that has its colour. */
  readonly path: string;
  readonly isValidation: boolean;
  /** Written at its right end; empty for lines that a legend names. */
  readonly label: string;
  readonly values: ReadonlyMap<number, number>;
}

/** Two lines a run: training, then validation above it. */
export function linesOf({ points, runs = [] }: Curve): Line[] {
  if (points !== undefined) {
    return (["train", "validation"] as const).map((kind) => ({
      place: kind,
      path: `path.${kind}`,
      isValidation: kind === "validation",
      label: "",
      values: valuesOf(points, kind),
    }));
  }
  return (["train", "validation"] as const).flatMap((kind) =>
    runs.map(({ id, color, points: own }) => ({
      place: kind === "train" ? "" : id,
      path: `path.${kind}.series-${color}`,
      isValidation: kind === "validation",
      label: kind === "train" ? "" : id,
      values: valuesOf(own, kind),
    })),
  );
}

function valuesOf(points: readonly Point[], kind: "train" | "validation"): Map<number, number> {
  const pairs = points.map(
    ({ step, loss, validationLoss }) => [step, kind === "train" ? loss : validationLoss] as const,
  );
  return new Map(pairs.filter((pair): pair is readonly [number, number] => pair[1] !== undefined));
}

/** Steps of any line, and of each line its value there or null. */
export function columnsOf(lines: readonly Line[]): [number[], ...(number | null)[][]] {
  const steps = [...new Set(lines.flatMap(({ values }) => [...values.keys()]))].sort((left, right) => left - right);
  return [steps, ...lines.map(({ values }) => steps.map((step) => values.get(step) ?? null))];
}

/** The last value at or before a place: curves that were thinned are measured at different steps. */
export function valueAt(column: ArrayLike<number | null | undefined>, index: number): number | undefined {
  for (let at = index; at >= 0; at -= 1) {
    const value = column[at];
    if (value !== null && value !== undefined) return value;
  }
  return undefined;
}
