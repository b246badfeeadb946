import { elementArray } from "./element_type.ts";
import type { TensorInfo, TensorView } from "./executor.ts";

/** What a graph declares, by name. */
export type Declared = ReadonlyMap<string, TensorInfo>;

/** Indexes what a graph declares, once for all runs. */
export function byName(infos: readonly TensorInfo[]): Declared {
  return new Map(infos.map((info) => [info.name, info]));
}

/**
 * Checks the views of a run against what the graph declares, so that native code never reads or writes past an array.
 * @throws {TypeError} If a feed is missing, a name is unknown, or a view's array class, shape or length does not fit.
 */
export function checkViews(
  inputs: Declared,
  outputs: Declared,
  feeds: Readonly<Record<string, TensorView>>,
  fetches: Readonly<Record<string, TensorView>>,
): void {
  for (const name of inputs.keys()) {
    if (feeds[name] === undefined) throw new TypeError(`run: no feed for input "${name}"`);
  }
  checkGroup("feed", inputs, feeds);
  checkGroup("fetch", outputs, fetches);
}

function checkGroup(kind: string, declared: Declared, views: Readonly<Record<string, TensorView>>): void {
  for (const [name, view] of Object.entries(views)) {
    const info = declared.get(name);
    if (info === undefined) {
      throw new TypeError(`run: ${kind} "${name}" is not of the graph, which has ${[...declared.keys()].join(", ")}`);
    }
    checkView(kind, info, view);
  }
}

function checkView(kind: string, info: TensorInfo, view: TensorView): void {
  const wanted = elementArray(info.type);
  if (!(view.data instanceof wanted)) {
    throw new TypeError(
      `run: ${kind} "${info.name}" is a ${view.data.constructor.name}, wanted ${wanted.name} for ${info.type}`,
    );
  }
  const fits =
    view.shape.length === info.shape.length &&
    info.shape.every((size, axis) => size === -1 || size === view.shape[axis]);
  if (!fits) {
    throw new TypeError(`run: ${kind} "${info.name}" has shape [${view.shape}], wanted [${info.shape}]`);
  }
  const length = view.shape.reduce((product, size) => product * size, 1);
  if (length !== view.data.length) {
    throw new TypeError(
      `run: ${kind} "${info.name}" holds ${view.data.length} elements, wanted ${length} for [${view.shape}]`,
    );
  }
}
