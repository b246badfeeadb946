import { elementArray, type ElementType, type TensorArray } from "./element_type.ts";
import type { Operand, TensorInfo, TensorView } from "./executor.ts";

/** What a graph declares, by name. */
export type Declared = ReadonlyMap<string, TensorInfo>;

/** What a run is given, by name. */
export type Operands = Readonly<Record<string, Operand>>;

/** Indexes what a graph declares, once for all runs. */
export function byName(infos: readonly TensorInfo[]): Declared {
  return new Map(infos.map((info) => [info.name, info]));
}

/** Whether an operand is the caller's memory. */
export function isView(operand: Operand): operand is TensorView {
  return "data" in operand;
}

/** Number of elements of a shape. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Checks the operands of a run against what the graph declares, so that native code never reads or writes past an array.
 * @throws {TypeError} If a feed is missing, a name is unknown, an operand's element type, shape or length does not fit, or a resident
 * tensor is fed and fetched.
 */
export function checkOperands(inputs: Declared, outputs: Declared, feeds: Operands, fetches: Operands): void {
  for (const name of inputs.keys()) {
    if (feeds[name] === undefined) throw new TypeError(`run: no feed for input "${name}"`);
  }
  checkGroup("feed", inputs, feeds);
  checkGroup("fetch", outputs, fetches);
  for (const name of Object.keys(fetches)) {
    const operand = fetches[name]!;
    if (!isView(operand) && Object.values(feeds).includes(operand)) {
      throw new TypeError(`run: fetch "${name}" is a resident tensor that is fed as well, wanted another one`);
    }
  }
}

/**
 * Checks an array that a resident tensor is copied from or to.
 * @throws {TypeError} If its class or length does not fit.
 */
export function checkArray(what: string, array: TensorArray, type: ElementType, shape: readonly number[]): void {
  checkClass(() => what, array, type);
  checkLength(() => what, array, shape);
}

function checkGroup(kind: string, declared: Declared, operands: Operands): void {
  let name = "";
  // One for all operands: a step names hundreds, and every one would leave a string behind that nobody reads.
  const what = (): string => `run: ${kind} "${name}"`;
  for (name of Object.keys(operands)) {
    const info = declared.get(name);
    if (info === undefined) {
      throw new TypeError(`run: ${kind} "${name}" is not of the graph, which has ${[...declared.keys()].join(", ")}`);
    }
    checkOperand(what, info, operands[name]!);
  }
}

function checkOperand(what: () => string, info: TensorInfo, operand: Operand): void {
  if (isView(operand)) checkClass(what, operand.data, info.type);
  else if (operand.type !== info.type) throw new TypeError(`${what()} is ${operand.type}, wanted ${info.type}`);
  const fits =
    operand.shape.length === info.shape.length &&
    info.shape.every((size, axis) => size === -1 || size === operand.shape[axis]);
  if (!fits) throw new TypeError(`${what()} has shape [${operand.shape}], wanted [${info.shape}]`);
  if (isView(operand)) checkLength(what, operand.data, operand.shape);
}

function checkClass(what: () => string, array: TensorArray, type: ElementType): void {
  const wanted = elementArray(type);
  if (array instanceof wanted) return;
  throw new TypeError(`${what()} is a ${array.constructor.name}, wanted ${wanted.name} for ${type}`);
}

function checkLength(what: () => string, array: TensorArray, shape: readonly number[]): void {
  const length = elementsOf(shape);
  if (length === array.length) return;
  throw new TypeError(`${what()} holds ${array.length} elements, wanted ${length} for [${shape}]`);
}
