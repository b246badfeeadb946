/**
 * Mixed precision: matrix products read and give float16, and everything between them stays float32. What a product gives may be too
 * large for float16, and is infinite then; gradients too small for it become 0, which a factor on the loss prevents.
 * @see Micikevicius et al. 2017, "Mixed Precision Training".
 */
import { operationWithOutputs, type OperationNode, type Tensor } from "../graph.ts";
import { add, cast } from "../operations/elementwise.ts";
import { rewrite, type Written } from "./rewrite.ts";

/**
 * Rewrites tensors and all that they are made of. Each operand is rounded once, however many products read it. Products with a single
 * column, which are means, stay float32.
 */
export function halfProducts(outputs: readonly Tensor[]): Tensor[] {
  const halves = new Map<Tensor, Tensor>();
  return rewrite(outputs, (node, of) => {
    const half = (tensor: Tensor): Tensor => {
      const rounded = halves.get(tensor) ?? cast(of(tensor), "float16");
      halves.set(tensor, rounded);
      return rounded;
    };
    return isWide(node) ? [product(node, half, of)] : undefined;
  });
}

function isWide({ op, outputs: [y] }: OperationNode): boolean {
  return (op === "MatMul" || op === "Gemm") && y?.type === "float32" && y.shape.at(-1) !== 1;
}

function product(node: OperationNode, half: Written, of: Written): Tensor {
  const [a, b, bias] = node.inputs as readonly [Tensor, Tensor, Tensor?];
  const result = node.outputs.map(({ shape }) => ({ type: "float16", shape }) as const);
  const [y] = operationWithOutputs(node.op, [half(a), half(b)], result, node.attributes) as readonly [Tensor];
  const widened = cast(y, "float32");
  return bias === undefined ? widened : add(widened, of(bias));
}
