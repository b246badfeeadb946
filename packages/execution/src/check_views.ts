import { elementArray } from "./element_type.ts";
import type { TensorInfo, TensorView } from "./executor.ts";

/**
 * Checks the views of a run against what the graph declares, so that native code never reads or writes past an array.
 * @throws {TypeError} If a feed is missing, a name is unknown, or a view's array class, shape or length does not fit.
 */
export function checkViews(
  inputs: readonly TensorInfo[],
  outputs: readonly TensorInfo[],
  feeds: Readonly<Record<string, TensorView>>,
  fetches: Readonly<Record<string, TensorView>>,
): void {
  for (const input of inputs) {
    if (feeds[input.name] === undefined) throw new TypeError(`run: no feed for input "${input.name}"`);
  }
  checkGroup("feed", inputs, feeds);
  checkGroup("fetch", outputs, fetches);
}

function checkGroup(kind: string, declared: readonly TensorInfo[], views: Readonly<Record<string, TensorView>>): void {
  const byName = new Map(declared.map((info) => [info.name, info]));
  for (const [name, view] of Object.entries(views)) {
    const info = byName.get(name);
    if (info === undefined) {
      throw new TypeError(`run: ${kind} "${name}" is not of the graph, which has ${[...byName.keys()].join(", ")}`);
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
