/** Attributes of operations by name. One that is missing is a fault of the graph: who guessed would compute something else. */
import type { Attributes } from "./graph.ts";

/** @throws {TypeError} If there is none, or it is no integer. */
export function intOf(attributes: Attributes, name: string): number {
  const attribute = attributes[name];
  if (attribute !== undefined && "int" in attribute) return attribute.int;
  throw unlike(attributes, name, "an integer");
}

/** @throws {TypeError} If there is none, or it is no number. */
export function floatOf(attributes: Attributes, name: string): number {
  const attribute = attributes[name];
  if (attribute !== undefined && "float" in attribute) return attribute.float;
  throw unlike(attributes, name, "a number");
}

/** @throws {TypeError} If there is none, or it is no text. */
export function stringOf(attributes: Attributes, name: string): string {
  const attribute = attributes[name];
  if (attribute !== undefined && "string" in attribute) return attribute.string;
  throw unlike(attributes, name, "a text");
}

/** @throws {TypeError} If there is none, or it is no list of integers. */
export function intsOf(attributes: Attributes, name: string): readonly number[] {
  const attribute = attributes[name];
  if (attribute !== undefined && "ints" in attribute) return attribute.ints;
  throw unlike(attributes, name, "a list of integers");
}

function unlike(attributes: Attributes, name: string, wanted: string): TypeError {
  const found = JSON.stringify(attributes[name]) ?? "nothing";
  return new TypeError(`reading attribute "${name}" of an operation: found ${found}, wanted ${wanted}`);
}
