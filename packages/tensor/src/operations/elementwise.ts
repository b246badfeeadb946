/** Operations that treat each element alone; two operands broadcast against each other. */
import { constant, operation, type DataType, type OperationName, type Tensor } from "../graph.ts";
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

/** a / b for each element, with broadcasting; of integers towards zero. */
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

/**
 * Gaussian error linear unit as it is defined, x P(N(0, 1) <= x) = x (1 + erf(x / sqrt 2)) / 2.
 * @see Hendrycks and Gimpel 2016, "Gaussian Error Linear Units".
 */
export function exactGelu(x: Tensor): Tensor {
  return operation("Gelu", [x], { type: x.type, shape: x.shape }, { approximate: { string: "none" } });
}

/** The error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x. No gradient rule. */
export function erf(x: Tensor): Tensor {
  return unary("Erf", x);
}

/** x where it is positive, 0 elsewhere. */
export function relu(x: Tensor): Tensor {
  return unary("Relu", x);
}

/** x / (1 + e^-x). */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** Exclusive or of the bits of two integers, with broadcasting. No gradient rule. */
export function bitwiseXor(a: Tensor, b: Tensor): Tensor {
  return arithmetic("BitwiseXor", a, b);
}

/**
 * Bits moved towards the lowest one, zeros put in at the top. No gradient rule.
 * @param x uint32.
 * @param places How far, in [0, 32).
 */
export function shiftRight(x: Tensor, places: number): Tensor {
  if (x.type !== "uint32") throw new TypeError(`BitShift: found ${x.type}, wanted uint32`);
  const by = constant(Uint32Array.of(places), []);
  return operation("BitShift", [x, by], { type: x.type, shape: x.shape }, { direction: { string: "RIGHT" } });
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
  float16: 10,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  uint32: 12,
};

/** Converts the element type; float to integer truncates, int32 and uint32 keep each other's bits. No gradient rule. */
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
