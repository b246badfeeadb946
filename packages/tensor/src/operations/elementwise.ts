/** Operations that treat each element alone; two operands broadcast against each other. */
import { operation, type DataType, type OperationName, type Tensor } from "../graph.ts";
import { broadcastShapes, type Shape } from "../shape.ts";

/** a + b, with broadcasting. */
export function add(a: Tensor, b: Tensor): Tensor {
  return arithmetic("Add", a, b);
}

/** a - b, with broadcasting. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return arithmetic("Sub", a, b);
}

/** a * b for each element, with broadcasting. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return arithmetic("Mul", a, b);
}

/** a / b for each element, with broadcasting. */
export function div(a: Tensor, b: Tensor): Tensor {
  return arithmetic("Div", a, b);
}

/** The greater of a and b, with broadcasting. No gradient rule. */
export function max(a: Tensor, b: Tensor): Tensor {
  return arithmetic("Max", a, b);
}

/** The lesser of a and b, with broadcasting. No gradient rule. */
export function min(a: Tensor, b: Tensor): Tensor {
  return arithmetic("Min", a, b);
}

/** Square root. */
export function sqrt(x: Tensor): Tensor {
  return unary("Sqrt", x);
}

/** e to the power of x. */
export function exp(x: Tensor): Tensor {
  return unary("Exp", x);
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return unary("Tanh", x);
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: Tensor): Tensor {
  return unary("Sigmoid", x);
}

/**
 * Gaussian error linear unit in its tanh form, 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), which GPT-2 uses.
 * @see Hendrycks and Gimpel 2016, "Gaussian Error Linear Units".
 */
export function gelu(x: Tensor): Tensor {
  return operation("Gelu", [x], { type: x.type, shape: x.shape }, { approximate: { string: "tanh" } });
}

/** True where a >= b, with broadcasting. */
export function greaterOrEqual(a: Tensor, b: Tensor): Tensor {
  return operation("GreaterOrEqual", [a, b], { type: "bool", shape: broadcast("GreaterOrEqual", a, b) });
}

/** True where a <= b, with broadcasting. */
export function lessOrEqual(a: Tensor, b: Tensor): Tensor {
  return operation("LessOrEqual", [a, b], { type: "bool", shape: broadcast("LessOrEqual", a, b) });
}

/** True where both are true, with broadcasting. */
export function and(a: Tensor, b: Tensor): Tensor {
  return operation("And", [a, b], { type: "bool", shape: broadcast("And", a, b) });
}

/** `a` where the condition holds, `b` elsewhere, with broadcasting. No gradient rule. */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShapes(condition.shape, broadcast("Where", a, b), "Where");
  return operation("Where", [condition, a, b], { type: a.type, shape });
}

const ONNX_TYPE_NUMBER: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
};

/** Converts the element type; float to integer truncates. No gradient rule. */
export function cast(x: Tensor, type: DataType): Tensor {
  return operation("Cast", [x], { type, shape: x.shape }, { to: { int: ONNX_TYPE_NUMBER[type] } });
}

function unary(op: OperationName, x: Tensor): Tensor {
  return operation(op, [x], { type: x.type, shape: x.shape });
}

function arithmetic(op: OperationName, a: Tensor, b: Tensor): Tensor {
  return operation(op, [a, b], { type: a.type, shape: broadcast(op, a, b) });
}

function broadcast(op: OperationName, a: Tensor, b: Tensor): Shape {
  if (a.type !== b.type) throw new TypeError(`${op}: found ${a.type} and ${b.type}, wanted operands of one type`);
  return broadcastShapes(a.shape, b.shape, op);
}
