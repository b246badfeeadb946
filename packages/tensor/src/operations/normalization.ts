/** Normalisations over the last axis, and the loss of a classifier. */
import { first, operation, operationWithOutputs, type Tensor } from "../graph.ts";
import { formatShape, sameShape } from "../shape.ts";

/** e^x / sum(e^x) over the last axis. */
export function softmax(x: Tensor): Tensor {
  return operation("Softmax", [x], { type: x.type, shape: x.shape }, { axis: { int: -1 } });
}

/**
 * (x - mean) / sqrt(variance + epsilon) * scale + bias over the last axis; the variance is the biased one.
 * @param x Shape (..., D).
 * @param scale Shape (D).
 * @param bias Shape (D).
 * @param epsilon Guards the division; default 1e-5.
 * @see Ba, Kiros and Hinton 2016, "Layer Normalization".
 */
export function layerNormalization(x: Tensor, scale: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const width = x.shape.slice(-1);
  if (!sameShape(scale.shape, width) || !sameShape(bias.shape, width)) {
    throw new RangeError(
      `LayerNormalization: found scale ${formatShape(scale.shape)} and bias ${formatShape(bias.shape)}, wanted ${formatShape(width)}`,
    );
  }
  const statistic = { type: x.type, shape: [...x.shape.slice(0, -1), 1] };
  const outputs = operationWithOutputs(
    "LayerNormalization",
    [x, scale, bias],
    [{ type: x.type, shape: x.shape }, statistic, statistic],
    { axis: { int: -1 }, epsilon: { float: epsilon } },
  );
  return first(outputs);
}

/**
 * x / sqrt(mean(x^2) + epsilon) * scale over the last axis.
 * @param x Shape (..., D).
 * @param scale Shape (D).
 * @param epsilon Guards the division.
 * @see Zhang and Sennrich 2019, "Root Mean Square Layer Normalization".
 */
export function rmsNormalization(x: Tensor, scale: Tensor, epsilon: number): Tensor {
  const width = x.shape.slice(-1);
  if (!sameShape(scale.shape, width)) {
    throw new RangeError(`RMSNormalization: found scale ${formatShape(scale.shape)}, wanted ${formatShape(width)}`);
  }
  const inverse = { type: x.type, shape: [...x.shape.slice(0, -1), 1] };
  const outputs = operationWithOutputs("RMSNormalization", [x, scale], [{ type: x.type, shape: x.shape }, inverse], {
    axis: { int: -1 },
    epsilon: { float: epsilon },
  });
  return first(outputs);
}

/**
 * Negative log-likelihood of each row's label under softmax(logits), in nats; 0 where the label is -1.
 * @param logits Shape (N, V).
 * @param labels int32 or int64, shape (N), values in [-1, V).
 * @returns Shape (N).
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  if (logits.shape.length !== 2 || !sameShape(labels.shape, logits.shape.slice(0, 1))) {
    throw new RangeError(
      `SoftmaxCrossEntropyLoss: found logits ${formatShape(logits.shape)} and labels ${formatShape(labels.shape)}, wanted (N, V) and (N)`,
    );
  }
  const outputs = operationWithOutputs(
    "SoftmaxCrossEntropyLoss",
    [logits, labels],
    [
      { type: logits.type, shape: labels.shape },
      { type: logits.type, shape: logits.shape },
    ],
    { reduction: { string: "none" }, ignore_index: { int: -1 } },
  );
  return first(outputs);
}
