/** Declarations of metrics: constants that say what is measured. The values live in a `Metrics`, which is passed in. */

/** Values of a metric's labels. An empty value stands for none. */
export type Labels<Label extends string> = Readonly<Record<Label, string>>;

interface Declaration<Label extends string> {
  /** `millrace_<what>_<base unit>`, a counter's with `_total` at its end. */
  readonly name: string;
  /** One sentence for whoever reads a board. */
  readonly help: string;
  /** Each combination of values is a series that is kept for good: few values a label, never an id. `project` guards who sees it. */
  readonly labels: readonly Label[];
}

/** Only grows. */
export interface Counter<Label extends string> extends Declaration<Label> {
  readonly kind: "counter";
}

/** Goes up and down. */
export interface Gauge<Label extends string> extends Declaration<Label> {
  readonly kind: "gauge";
}

/** Counts observations by size. */
export interface Histogram<Label extends string> extends Declaration<Label> {
  readonly kind: "histogram";
  /** Upper bounds, ascending; one without bound follows. */
  readonly buckets: readonly number[];
}

/** @throws {RangeError} If a name is not one that Prometheus takes. */
export function counter<const Label extends string>(declaration: Declaration<Label>): Counter<Label> {
  if (!declaration.name.endsWith("_total")) {
    throw new RangeError(`declaring counter "${declaration.name}": expected a name that ends with _total`);
  }
  return { kind: "counter", ...checked(declaration) };
}

/** @throws {RangeError} If a name is not one that Prometheus takes. */
export function gauge<const Label extends string>(declaration: Declaration<Label>): Gauge<Label> {
  return { kind: "gauge", ...checked(declaration) };
}

/** @throws {RangeError} If a name is not one that Prometheus takes, or the buckets do not ascend. */
export function histogram<const Label extends string>(
  declaration: Declaration<Label> & Pick<Histogram<Label>, "buckets">,
): Histogram<Label> {
  const { buckets, name } = declaration;
  if (buckets.some((bound, index) => !Number.isFinite(bound) || bound <= (buckets[index - 1] ?? -Infinity))) {
    throw new RangeError(
      `declaring histogram "${name}": expected ascending finite buckets, found ${buckets.join(", ")}`,
    );
  }
  return { kind: "histogram", ...checked(declaration) };
}

function checked<Label extends string, Given extends Declaration<Label>>(declaration: Given): Given {
  const { name, labels } = declaration;
  if (!/^[a-z][a-z0-9_:]*$/.test(name)) throw new RangeError(`declaring metric "${name}": expected a snake_case name`);
  const wrong = labels.find((label) => label === "le" || !/^[a-z][a-z0-9_]*$/.test(label));
  if (wrong !== undefined) throw new RangeError(`declaring metric "${name}": found a label "${wrong}"`);
  return declaration;
}
