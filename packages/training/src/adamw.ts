/**
 * AdamW as one ONNX graph over the flat parameter vector, run over stretches of it that fit the processor's cache. Every
 * operation is element-wise and rounds once (IEEE 754 sums, products, quotients, square roots), so neither the length of a stretch
 * nor the processor changes a bit.
 * @see Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2. Decay is multiplied by the learning rate of
 * the step, as PyTorch does.
 */
import type { Executor, TensorView } from "@millrace/execution";
import { add, div, input, mul, onnxModel, scalar, sqrt, type Tensor } from "@millrace/tensor";

/** Elements of a stretch. Measured: half as many cost a tenth more time, four times as many no less on one core. */
const STRETCH = 131_072;

/** Settings that hold for a whole run. */
export interface AdamWSettings {
  /** Decay rate of the mean of gradients. */
  readonly beta1: number;
  /** Decay rate of the mean of squared gradients. */
  readonly beta2: number;
  /** Added to the root of the second moment. */
  readonly epsilon: number;
}

/** The vectors a step reads and writes, all of one length. */
export interface AdamWState {
  readonly parameters: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
}

/** What differs from step to step. */
export interface AdamWStep {
  /** 0-based. */
  readonly step: number;
  readonly learningRate: number;
  /** Factor for the gradient before all else: one over the number of targets, and clipping. */
  readonly gradientScale: number;
}

/** An optimiser made ready to run. */
export interface AdamW {
  /** Updates the state in place. */
  apply(state: AdamWState, gradient: Float32Array, step: AdamWStep): Promise<void>;
  release(): Promise<void>;
}

/**
 * Opens the optimiser.
 * @param decay Weight decay of each element; 0 where it does not apply.
 * @param concurrency Stretches under way at once.
 */
export async function openAdamW(
  executor: Executor,
  settings: AdamWSettings,
  decay: Float32Array,
  concurrency: number,
): Promise<AdamW> {
  const session = await executor.createSession(adamWModel(settings), { threads: 1 });
  const factors = {
    gradientScale: factor(),
    negativeLearningRate: factor(),
    firstCorrection: factor(),
    secondCorrection: factor(),
  };
  const stretches = stretchesOf(decay.length);

  return {
    async apply({ parameters, firstMoments, secondMoments }, gradient, { step, learningRate, gradientScale }) {
      factors.gradientScale.data[0] = gradientScale;
      factors.negativeLearningRate.data[0] = -learningRate;
      factors.firstCorrection.data[0] = 1 / (1 - power(settings.beta1, step + 1));
      factors.secondCorrection.data[0] = 1 / (1 - power(settings.beta2, step + 1));
      let next = 0;
      const work = async (): Promise<void> => {
        for (let range = stretches[next++]; range !== undefined; range = stretches[next++]) {
          const view = viewOf(range);
          const state = {
            parameters: view(parameters),
            firstMoments: view(firstMoments),
            secondMoments: view(secondMoments),
          };
          await session.run(
            { ...state, ...factors, gradient: view(gradient), decay: view(decay) },
            updatedNames(state),
          );
        }
      };
      await Promise.all(Array.from({ length: concurrency }, work));
    },
    release: () => session.release(),
  };
}

/** Writes the graph; outputs are named after what they replace. */
function adamWModel({ beta1, beta2, epsilon }: AdamWSettings): Uint8Array {
  const parameters = vector("parameters");
  const firstMoments = vector("firstMoments");
  const secondMoments = vector("secondMoments");
  const gradient = vector("gradient");
  const decay = vector("decay");
  const gradientScale = single("gradientScale");
  const negativeLearningRate = single("negativeLearningRate");
  const firstCorrection = single("firstCorrection");
  const secondCorrection = single("secondCorrection");

  const g = mul(gradient, gradientScale);
  const m = add(mul(firstMoments, scalar(beta1)), mul(g, scalar(1 - beta1)));
  const v = add(mul(secondMoments, scalar(beta2)), mul(mul(g, g), scalar(1 - beta2)));
  const direction = div(mul(m, firstCorrection), add(sqrt(mul(v, secondCorrection)), scalar(epsilon)));
  const updated = add(parameters, mul(add(direction, mul(parameters, decay)), negativeLearningRate));

  return onnxModel({
    name: "adamw",
    inputs: [
      parameters,
      firstMoments,
      secondMoments,
      gradient,
      decay,
      gradientScale,
      negativeLearningRate,
      firstCorrection,
      secondCorrection,
    ],
    outputs: { "parameters.updated": updated, "firstMoments.updated": m, "secondMoments.updated": v },
  });
}

function vector(name: string): Tensor {
  return input(name, "float32", ["elements"]);
}

function single(name: string): Tensor {
  return input(name, "float32", [1]);
}

function factor(): TensorView {
  return { data: new Float32Array(1), shape: [1] };
}

function stretchesOf(length: number): (readonly [number, number])[] {
  return Array.from({ length: Math.ceil(length / STRETCH) }, (_, index) => [
    index * STRETCH,
    Math.min(length, (index + 1) * STRETCH),
  ]);
}

function viewOf([start, end]: readonly [number, number]): (vector: Float32Array) => TensorView {
  return (vector) => ({ data: vector.subarray(start, end), shape: [end - start] });
}

function updatedNames(views: Readonly<Record<string, TensorView>>): Record<string, TensorView> {
  return Object.fromEntries(Object.entries(views).map(([name, view]) => [`${name}.updated`, view]));
}

/** base^exponent by squaring: Math.pow may differ in the last bit between JavaScript engines. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, bits = exponent; bits > 0; bits = Math.floor(bits / 2), square *= square) {
    if (bits % 2 === 1) result *= square;
  }
  return result;
}
