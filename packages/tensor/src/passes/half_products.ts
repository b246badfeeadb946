/**
 * Mixed precision: matrix products read and give float16, and everything between them stays float32. What a product gives may be too
 * large for float16, and is infinite then; gradients too small for it become 0, which a factor on the loss prevents.
 * @see Micikevicius et al. 2017, "Mixed Precision Training".
 */
import { operationWithOutputs, type OperationNode, type Tensor } from "../graph.ts";
import { add, cast } from "../operations/elementwise.ts";
import { productOptions } from "../operations/matrix.ts";
import { rewrite, type Written } from "./rewrite.ts";

/**
 * Rewrites tensors and all that they are made of. Each operand is rounded once, however many products read it. Products with a single
 * column, which are means, stay float32.
 * @param mostTerms For a runtime that adds up products of float16 in float16, how many it may: longer sums are made in float32, of
 *   the same rounded operands. Default any, for one that adds in float32.
 */
export function halfProducts(outputs: readonly Tensor[], mostTerms = Infinity): Tensor[] {
  const halves = new Map<Tensor, Tensor>();
  return rewrite(outputs, (node, of) => {
    const half = (tensor: Tensor): Tensor => {
      const rounded = halves.get(tensor) ?? cast(of(tensor), "float16");
      halves.set(tensor, rounded);
      return rounded;
    };
    return isWide(node) ? [product(node, half, of, mostTerms)] : undefined;
  });
}

function isWide({ op, outputs: [y] }: OperationNode): boolean {
  return (op === "MatMul" || op === "Gemm") && y?.type === "float32" && y.shape.at(-1) !== 1;
}

function product(node: OperationNode, half: Written, of: Written, mostTerms: number): Tensor {
  const [a, b, bias] = node.inputs as readonly [Tensor, Tensor, Tensor?];
  const terms = Number(a.shape.at(productOptions(node.attributes).transposeA ? -2 : -1));
  const [left, right] = [half(a), half(b)];
  const y = terms <= mostTerms ? productOf(node, left, right) : cast(wideProductOf(node, left, right), "float16");
  const widened = cast(y, "float32");
  return bias === undefined ? widened : add(widened, of(bias));
}

function wideProductOf(node: OperationNode, left: Tensor, right: Tensor): Tensor {
  return productOf(node, cast(left, "float32"), cast(right, "float32"));
}

/** The product without its bias, of operands of one type. */
function productOf({ op, outputs, attributes }: OperationNode, left: Tensor, right: Tensor): Tensor {
  const result = outputs.map(({ shape }) => ({ type: left.type, shape }));
  const [y] = operationWithOutputs(op, [left, right], result, attributes) as readonly [Tensor];
  return y;
}
