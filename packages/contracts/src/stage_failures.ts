/**
 * Why stages fail, by code, and what mends it. Trying a stage again helps where a process, a machine or a service was at fault; it
 * does not help where the recipe, the documents or the machine's arithmetic would lead to the same end.
 */

/** What to change before a new run is started; null where going on with the run may end otherwise. */
export const STAGE_FAILURES = {
  limit_reached: null,
  no_documents: "name a path in sources that has txt, md, html or jsonl files (or gz of these)",
  base_model_invalid: "name a folder or a model of the hub in model.from that has what the message names",
  base_model_unreachable: null,
  collecting_failed: null,
  policy_invalid: "name web, documentation, minimal or a correct policy file in corpus.policy",
  cleaning_failed: null,
  no_documents_left: "choose a milder corpus.policy, more corpus.languages, or other sources",
  deduplicating_failed: null,
  vocabulary_too_large:
    "lower tokenizer.vocabularySize or leave it out, or add documents to sources; of characters, choose tokenizer.kind bpe",
  chat_template_missing:
    "name a model in model.from that has a chat template or ChatML's tokens, or give sources without messages",
  chat_template_failed: "name another model in model.from, or correct the messages that the message names",
  corpus_too_small: "add documents to sources, or lower model.contextLength",
  too_few_conversations: "add conversations to sources, or name the files that hold them in sources[].exclude",
  tokenizing_failed: null,
  device_unavailable: "set train.device to cpu, or install the card's driver",
  too_many_nodes: "lower train.nodes to at most train.leaves",
  invalid_model: "choose model.width as a multiple of model.heads, and the keys that the message names",
  search_failed: "give search.space other bounds, as the message says why its trials failed",
  time_limit: "raise train.timeLimitSeconds, or lower train.validateEvery",
  non_finite_loss: "lower train.learningRate or train.clip, and name the checkpoint to go on from in train.from",
  checkpoint_unusable:
    "name a checkpoint in train.from that its run has kept, and leave all but the course of training as it was in that run",
  fingerprint_mismatch:
    "use the machine, ONNX Runtime and version of Millrace with which the training began, or train anew here",
  training_failed: null,
  tasks_invalid: "correct the files of evaluation.tasks that the message names",
  no_validation_documents: "add documents of at most 64 KiB to sources, or raise corpus.validationFraction",
  evaluating_failed: null,
  artifact_missing: "bring the artifacts of the data folder back from a copy, or make them anew",
  packaging_failed: null,
  gates_failed: "train a better model (more documents or train.steps), or loosen what the message names in deploy",
  gating_failed: null,
  replica_failed: null,
  smoke_failed: null,
  not_loaded: null,
  rolled_back: null,
} as const satisfies Readonly<Record<string, string | null>>;

export type StageFailureCode = keyof typeof STAGE_FAILURES;

/** Why a stage has failed, or cannot be done at all. */
export interface StageFailure {
  readonly code: StageFailureCode;
  /** What was attempted, found and wanted. */
  readonly message: string;
}

/** What may be done about a run that has failed. */
export interface Remedy {
  /** Whether going on with the run may end otherwise. */
  readonly resume: boolean;
  /** What to change before a new run is started; null where `resume` is true. */
  readonly change: string | null;
}

/**
 * Says what may be done about a failed stage.
 * @param code As the stage told it; null for a run that was cancelled. One that is not known, from another version, may be tried again.
 */
export function remedyOf(code: string | null): Remedy {
  const change = code !== null && Object.hasOwn(STAGE_FAILURES, code) ? STAGE_FAILURES[code as StageFailureCode] : null;
  return { resume: change === null, change };
}
