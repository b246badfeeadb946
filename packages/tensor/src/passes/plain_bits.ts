/**
 * Exclusive or and shifts of 32 bits, spelt out for devices that have no kernels for them: a shift is a quotient, and what two bytes come to
 * stands in a table of 65536 where both together point.
 */
import { constant, type OperationNode, type Tensor } from "../graph.ts";
import { add, cast, div, mul, sub } from "../operations/elementwise.ts";
import { gather } from "../operations/indexing.ts";
import { rewrite } from "./rewrite.ts";

const BYTE = 256;

/** Rewrites tensors and all that they are made of, to the same values. */
export function plainBits(outputs: readonly Tensor[]): Tensor[] {
  const table = constant(
    Int32Array.from({ length: BYTE * BYTE }, (_, place) => (place >>> 8) ^ (place % BYTE)),
    [BYTE * BYTE],
  );
  const known = new Map<Tensor, readonly Tensor[]>();
  const bytesOf = (x: Tensor): readonly Tensor[] => {
    const bytes = known.get(x) ?? cutUp(x);
    known.set(x, bytes);
    return bytes;
  };
  return rewrite(outputs, (node, of) => {
    const [a, b] = node.inputs.map(of) as [Tensor, Tensor];
    if (node.op === "BitShift") return [div(a, word(2 ** placesOf(node)))];
    if (node.op !== "BitwiseXor") return undefined;
    const others = bytesOf(b);
    const pairs = bytesOf(a).map((byte, index) => add(mul(byte, word(BYTE)), others[index]!));
    // The highest byte first. What goes beyond 32 bits wraps, as it should.
    const joined = pairs
      .map((pair) => gather(table, cast(pair, "int32")))
      .reduceRight((high, low) => add(mul(high, constant(Int32Array.of(BYTE), [])), low));
    return [a.type === "int32" ? joined : cast(joined, "uint32")];
  });
}

/** The four bytes of 32 bits, the lowest first, uint32. */
function cutUp(x: Tensor): readonly Tensor[] {
  const left = [x.type === "uint32" ? x : cast(x, "uint32")];
  while (left.length < 4) left.push(div(left.at(-1)!, word(BYTE)));
  return left.map((rest, index) => {
    const above = left[index + 1];
    return above === undefined ? rest : sub(rest, mul(above, word(BYTE)));
  });
}

function placesOf({ inputs: [, by] }: OperationNode): number {
  if (by?.node.kind !== "constant") throw new TypeError("plainBits: found a shift by places that are computed");
  return Number(by.node.data[0]);
}

function word(bits: number): Tensor {
  return constant(Uint32Array.of(bits), []);
}
