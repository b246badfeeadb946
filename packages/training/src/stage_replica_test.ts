import { onnxC } from "@millrace/execution/onnx_c";
import { TOKEN_MARKS } from "@millrace/contracts";
import { initialParameters, type ModelConfig, modelStages } from "@millrace/transformer";
import { afterAll, describe, expect, test } from "vitest";
import {
  type Checkpoint,
  createReplica,
  createStageReplica,
  cutCheckpoint,
  joinCheckpoints,
  leafVectors,
  NonFiniteGradientError,
  type ReplicaOptions,
  type StageReplica,
  sumLosses,
  trainStep,
} from "./mod.ts";
import { stageLinks } from "./testing/stage_links.ts";
import { tinyOptions, trainTiny } from "./testing/tiny_run.ts";

const executor = onnxC();
afterAll(() => executor.close());

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Seed of the model that some trainings go on from. */
const OTHER = 99;

/** The stages of a pipeline in this process. */
function pipeline(options: ReplicaOptions, count: number, resume?: Checkpoint): Promise<StageReplica[]> {
  const stages = modelStages(options.config, count, options.adapters);
  const links = stageLinks(count);
  return Promise.all(
    stages.map((stage) =>
      createStageReplica({
        ...options,
        // Only the first stage reads them.
        ...(stage.index > 0 && {
          tokens: new Uint16Array(0),
          ...(options.marks && { marks: { ...options.marks, training: new Uint8Array(0) } }),
        }),
        stage,
        link: links[stage.index]!,
        now: () => performance.now(),
        ...(options.initial && { initial: initialParameters(options.config, OTHER, stage.layout) }),
        ...(resume && { resume: cutCheckpoint(options.config, stage, resume) }),
      }),
    ),
  );
}

async function trainInStages(
  options: ReplicaOptions,
  count: number,
  to: number,
  resume?: Checkpoint,
): Promise<Checkpoint> {
  const stages = await pipeline(options, count, resume);
  const vectors = stages.map((stage) => leafVectors(stage, options.training.leaves));
  for (let step = stages[0]!.applied; step < to; step++) {
    await Promise.all(stages.map((stage, index) => trainStep(stage, step, vectors[index]!)));
  }
  const pieces = stages.map((stage) => stage.exportCheckpoint(to));
  await Promise.all(stages.map((stage) => stage.close()));
  return joinCheckpoints(options.config, modelStages(options.config, count, options.adapters), pieces);
}

function withModel(changes: Partial<ModelConfig>, training: Partial<ReplicaOptions["training"]> = {}): ReplicaOptions {
  const options = tinyOptions(executor, training);
  return { ...options, config: { ...options.config, layers: 3, ...changes } };
}

/** The training, from the weights of another model. */
function further(options: ReplicaOptions): ReplicaOptions {
  return { ...options, initial: initialParameters(options.config, OTHER) };
}

/** The training, of adapters beside another model. */
function adapting(options: ReplicaOptions): ReplicaOptions {
  return { ...further(options), adapters: { rank: 3, alpha: 6, targets: ["attention", "feedForward"] } };
}

/** The training, of conversations whose answers alone are learnt, as many of a leaf as it comes. */
function conversing(options: ReplicaOptions): ReplicaOptions {
  const { read, predicted, conversation } = TOKEN_MARKS;
  const marksOf = ({ length }: { readonly length: number }): Uint8Array =>
    Uint8Array.from({ length }, (_, at) => (at % 20 === 0 ? conversation : at % 20 > 12 + (at % 7) ? predicted : read));
  const { tokens, validation } = options;
  return { ...options, marks: { training: marksOf(tokens), validation: marksOf(validation.tokens) } };
}

const CASES: Readonly<Record<string, ReplicaOptions>> = {
  "adapters of llama with shared keys, with a moving average": adapting(
    withModel({ architecture: "llama", heads: 4, keyValueHeads: 2 }, { averageDecay: 0.9 }),
  ),
  // Nothing of the first stage is trained.
  "adapters of gpt2 whose first stage has no block, with dropout, Muon and conversations": adapting(
    conversing(
      withModel(
        { vocabularySize: 1300, dropout: { residual: 0.1 } },
        { optimiser: { name: "muon", momentum: 0.95, nesterov: true }, clip: 0.01 },
      ),
    ),
  ),
  "gpt2 with dropout and a moving average": withModel(
    { dropout: { embedding: 0.1, attention: 0.1, residual: 0.1 } },
    { averageDecay: 0.9 },
  ),
  "a model of others, llama with shared keys, and Muon": further(
    withModel(
      { architecture: "llama", heads: 4, keyValueHeads: 2 },
      { optimiser: { name: "muon", momentum: 0.95, nesterov: true } },
    ),
  ),
  "gpt2, untied, with SGD and conversations": conversing(
    withModel(
      { tied: false, width: 30, heads: 3 },
      { optimiser: { name: "sgd", momentum: 0.9, nesterov: false }, clip: 0.01 },
    ),
  ),
};

describe("createStageReplica()", () => {
  test.each(Object.entries(CASES))(
    "createStageReplica() trains %s in stages to the bytes of the whole, and goes on from another number of stages",
    async (_, options) => {
      const { checkpoint } = await trainTiny(options, 4);
      const two = await trainInStages(options, 2, 2);
      const three = await trainInStages({ ...options, concurrency: 2 }, 3, 4, two);
      expect(sameBytes(three.model, checkpoint.model)).toBe(true);
      expect(sameBytes(three.state, checkpoint.state)).toBe(true);
    },
  );

  test.each(["gpt2 with dropout and a moving average", "gpt2, untied, with SGD and conversations"])(
    "createStageReplica() scores validation leaves as the whole model does, without dropout: %s",
    async (name) => {
      const options = CASES[name]!;
      const whole = await createReplica(options);
      const stages = await pipeline(options, 2);
      const [first, second] = stages as [StageReplica, StageReplica];
      for (let leaf = 0; leaf < whole.validationLeaves; leaf++) {
        const [score, none] = await Promise.all([first.validateLeaf(leaf), second.validateLeaf(leaf)]);
        expect(score).toEqual(await whole.validateLeaf(leaf));
        expect(sumLosses([score!]).targetCount).toBeGreaterThan(0);
        expect(none).toBeUndefined();
      }
      expect(whole.validationLeaves).toBeGreaterThan(1);
      expect(stages.map(({ validationLeaves }) => validationLeaves)).toEqual(stages.map(() => whole.validationLeaves));
      await Promise.all([whole, ...stages].map((replica) => replica.close()));
    },
  );

  test("createStageReplica() has every stage name the first parameter of the whole whose gradient is not finite", async () => {
    const stages = await pipeline(withModel({}), 3);
    const refusals = stages.map((stage) => {
      const sums = new Float32Array(stage.vectorFloats).fill(1);
      // One of each stage: the block of the second stage stands first in the whole model.
      sums[stage.layout.find(({ name }) => name.includes(".ln_"))!.offset] = Infinity;
      return stage.applyStep(5, sums);
    });
    const first = stages
      .flatMap(({ layout }) => layout.map(({ name }) => name))
      .toSorted()
      .find((name) => name.includes(".ln_"));
    for (const refused of refusals) {
      await expect(refused).rejects.toThrow(`step 5: the gradient of "${first}" is not finite`);
      await expect(refused).rejects.toThrow(NonFiniteGradientError);
    }
    await Promise.all(stages.map((stage) => stage.close()));
  });
});

describe("cutCheckpoint()", () => {
  test("cutCheckpoint() names a tensor that is missing", async () => {
    const options = withModel({});
    const { checkpoint } = await trainTiny(options, 1);
    const [stage] = modelStages({ ...options.config, architecture: "llama" }, 2);
    expect(() => cutCheckpoint({ ...options.config, architecture: "llama" }, stage!, checkpoint)).toThrow(
      /a checkpoint in pieces: "firstMoments" is Float32Array of \d+, wanted Float32Array of \d+/,
    );
  });
});
