/** The `train` section of a recipe. */
import { z } from "zod";
import { positive } from "./recipe_fields.ts";

const OPTIMISERS = ["adamw", "muon", "sgd"] as const;
const SCHEDULES = ["cosine", "linear", "wsd", "cyclic", "restarts"] as const;
/** Kinds of parameters that training treats apart. */
export const PARAMETER_GROUPS = ["hidden", "embeddings", "norms", "biases"] as const;
const [BETA1, BETA2] = [0.9, 0.99];

/** Parts of a block that adapters may stand at. */
export const ADAPTER_TARGETS = ["attention", "feedForward"] as const;

const CHECKPOINT = /^(.{1,80})@(\d{1,8})$/;

/** The run and the step that `train.from` names. */
export function namedCheckpoint(from: string): { readonly run: string; readonly step: number } {
  const [, run = "", step = ""] = CHECKPOINT.exec(from) ?? [];
  return { run, step: Number(step) };
}

const Keys = z.strictObject({
  enabled: z.boolean().default(true).describe("false stops after the corpus and its search index"),
  from: z
    .string()
    .regex(CHECKPOINT, "expected a run and a step with a checkpoint, as <run>@<step>")
    .optional()
    .describe("A checkpoint of another run to go on from, with another learning rate or clip: <run>@<step>"),
  nodes: positive.max(64).default(2).describe("Trainer processes"),
  pipelineStages: positive
    .max(64)
    .default(1)
    .describe(
      "Parts that the model is cut into, each on a node of its own; divides nodes. The model is the same for any number",
    ),
  device: z
    .enum(["cpu", "webgpu", "auto"], {
      error: ({ input }) =>
        input === "cuda" ? 'expected "cpu", "webgpu" or "auto"; "cuda" is reserved for a later release' : undefined,
    })
    .default("cpu")
    .describe("What nodes compute on: cpu, webgpu (a graphics card, inexact) or auto"),
  exchange: z
    .enum(["exact", "fp16", "int8", "diloco"])
    .default("exact")
    .describe(
      "What nodes exchange: exact, fp16 or int8 gradients, or diloco, the way of many steps; all but exact are inexact",
    ),
  outerEvery: positive.max(10_000).optional().describe("Of diloco: steps of each node between exchanges; default 50"),
  precision: z
    .enum(["float32", "mixed"])
    .default("float32")
    .describe("Arithmetic of matrix products: float32, or mixed (float16 with loss scaling)"),
  leaves: positive.max(1024).default(8).describe("Micro-batches in a step; the same for any number of nodes"),
  leafBatch: positive.max(1024).optional().describe("Sequences in a micro-batch"),
  leafThreads: positive.max(64).default(1).describe("Threads of a leaf's session; results depend on it"),
  steps: positive.max(10_000_000).optional(),
  schedule: z
    .enum(SCHEDULES)
    .default("cosine")
    .describe("How the learning rate goes on after the warm-up: cosine, linear, wsd, cyclic or restarts"),
  learningRate: z.number().gt(0).lt(1).optional().describe("Peak learning rate"),
  warmupSteps: z.number().int().nonnegative().optional(),
  finalLearningRate: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe("Learning rate at the end, or at the lowest; default a tenth of the peak"),
  decaySteps: positive.max(10_000_000).optional().describe("Of wsd: steps of the fall at the end"),
  cycleSteps: positive
    .min(2)
    .max(10_000_000)
    .optional()
    .describe("Of cyclic and restarts: steps of a cycle, of the first one"),
  cycleFactor: positive.max(10).optional().describe("Of restarts: each cycle's steps over those of the one before"),
  method: z
    .enum(["full", "lora"])
    .optional()
    .describe(
      "Of a model that is trained further: all of it, or low-rank adapters beside it; default lora above 50 million parameters",
    ),
  lora: z
    .strictObject({
      rank: positive.max(1024).optional().describe("Rank of the adapters; default 16"),
      alpha: z
        .number()
        .gt(0)
        .max(4096)
        .optional()
        .describe("Weight of the adapters, over their rank; default twice the rank"),
      targets: z
        .array(z.enum(ADAPTER_TARGETS))
        .min(1)
        .optional()
        .describe("Parts of a block that get adapters: attention, feedForward; default both"),
    })
    .optional(),
  optimiser: z
    .enum(OPTIMISERS)
    .optional()
    .describe("adamw, muon or sgd; default: derived from the corpus, adamw beside a learningRate of your own"),
  momentum: z.number().min(0).lt(1).optional().describe("Of muon and sgd; default 0.95 and 0.9"),
  nesterov: z.boolean().optional().describe("Of muon and sgd: momentum measured a step ahead; default true and false"),
  weightDecay: z.number().min(0).max(1).optional().describe("Default 0.1, and 0 of sgd"),
  decayGroups: z
    .array(z.enum(PARAMETER_GROUPS))
    .min(1)
    .optional()
    .describe("Parameters that decay: hidden, embeddings, norms, biases; default hidden and embeddings"),
  beta1: z.number().min(0).lt(1).default(BETA1),
  beta2: z.number().min(0).lt(1).default(BETA2),
  clip: z.number().gt(0).default(1).describe("Largest gradient norm"),
  averageDecay: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe("Decay of a moving average of the weights, which then is the model; default: none"),
  seed: z.number().int().min(0).max(0xffffffff).default(1),
  validateEvery: positive.optional().describe("Steps between validations"),
  patience: positive.optional().describe("Validations without improvement before stopping early; default: never"),
  checkpointEvery: positive.optional().describe("Steps between checkpoints"),
  tensorboard: z.boolean().default(false).describe("Write TensorBoard event files while training"),
  timeLimitSeconds: positive.optional().describe("Stops the run and marks the version partial"),
});

/** Keys that only some optimisers or schedules have. */
const OWN_KEYS = [
  { key: "momentum", choice: "optimiser", of: ["muon", "sgd"] },
  { key: "nesterov", choice: "optimiser", of: ["muon", "sgd"] },
  { key: "warmupSteps", choice: "schedule", of: ["cosine", "linear", "wsd", "restarts"] },
  { key: "decaySteps", choice: "schedule", of: ["wsd"] },
  { key: "cycleSteps", choice: "schedule", of: ["cyclic", "restarts"] },
  { key: "cycleFactor", choice: "schedule", of: ["restarts"] },
] as const;

export const TrainSection = Keys.superRefine((train, context) => {
  const complain = (key: keyof typeof train, message: string): void =>
    context.addIssue({ code: "custom", path: [key], message });
  for (const { key, choice, of } of OWN_KEYS) {
    const chosen = train[choice];
    if (train[key] === undefined || (of as readonly (string | undefined)[]).includes(chosen)) continue;
    const owners = of.map((name) => `"${name}"`).join(", ");
    const found = chosen === undefined ? "with one that is derived" : `with "${chosen}"`;
    complain(key, `expected only with ${choice} ${owners}, not ${found}`);
  }
  if (train.precision === "mixed" && train.exchange !== "exact") {
    complain("precision", 'expected "float32" unless exchange is "exact": what overflows cannot be made up for later');
  }
  if (train.outerEvery !== undefined && train.exchange !== "diloco") {
    complain("outerEvery", `expected only with exchange "diloco", not with "${train.exchange}"`);
  }
  if (train.method === "full" && train.lora !== undefined) complain("lora", 'expected only with method "lora"');
  if (train.optimiser !== "sgd") return;
  if (train.learningRate === undefined) {
    complain("learningRate", 'expected a number with optimiser "sgd", since the derived rates are made for the others');
  }
  for (const [key, preset] of [
    ["beta1", BETA1],
    ["beta2", BETA2],
  ] as const) {
    // What a recipe says and what is filled in look alike here.
    if (train[key] !== preset) complain(key, 'expected only with optimiser "adamw", "muon", not with "sgd"');
  }
  if (train.momentum === 0 && train.nesterov) complain("nesterov", "expected only with a momentum above 0");
});
