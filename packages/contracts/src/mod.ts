/**
 * The only thing services share about each other: event schemas with their catalogue, HTTP API schemas, file formats, recipes.
 *
 * ```ts
 * import { CATALOGUE, EVENTS } from "@millrace/contracts";
 *
 * const data = EVENTS.corpusCleaned.schema.parse({ runId: "run-1", shards: 2, read: 40, passed: 35 });
 * console.log(CATALOGUE.get("millrace.corpus.cleaned.v1")?.consumers, data.read);
 * ```
 *
 * @module
 */
export {
  AuditEntry,
  AuditPage,
  AuditVerification,
  CreatedKey,
  CreateKey,
  KeyList,
  KeyView,
  ProjectList,
  ProjectView,
  VerifiedKey,
  VerifyKey,
} from "./api/access.ts";
export { ApprovalList, ApprovalView, DecideApproval, Protection } from "./api/approvals.ts";
export {
  CancelRun,
  DeadLetterList,
  DeadLetterQuery,
  DeadLetterView,
  RequeueDeadLetters,
  RequeuedDeadLetters,
  RunEvents,
  RunList,
  RunView,
  StageView,
  StartedRun,
  StartRun,
} from "./api/automation.ts";
export { Awaited, awaitedCommand, awaitedWords } from "./awaited.ts";
export { liveAfterAll } from "./live_after_all.ts";
export { ApiError } from "./api/error.ts";
export {
  ContinueByNgrams,
  FindVerbatim,
  TokenizedRun,
  TokenPlaces,
  VerbatimDocument,
  VerbatimSpans,
} from "./api/feature.ts";
export { CollectGarbage, GarbageReport, NamedArtifacts } from "./api/garbage.ts";
export {
  ClusterList,
  ClusterPair,
  DocumentList,
  DocumentPlace,
  DocumentSummary,
  DocumentView,
  DroppedList,
  RunReport,
  Erasure,
  ErasureList,
  ForgetDocument,
  HubCacheReport,
  SearchResults,
  SourceBreakdown,
} from "./api/ingestion.ts";
export {
  AlertList,
  AlertView,
  DriftView,
  FeedbackList,
  FeedbackReceipt,
  GiveFeedback,
  RolloutMark,
  Series,
  SERIES_METRICS,
  SeriesQuery,
  Traffic,
  TrafficQuery,
} from "./api/monitor.ts";
export {
  Lineage,
  LineageEdge,
  LineageNode,
  ModelList,
  RegistryFindings,
  SetAlias,
  TrainingRunView,
  TrialList,
  VersionList,
  VersionView,
} from "./api/registry.ts";
export { RuleDryRun, RuleDryRunResult, RuleFiring, RuleFirings, RuleList } from "./api/rules.ts";
export {
  DeploymentList,
  DeploymentStep,
  DeploymentView,
  LiveTraining,
  RolloutCommand,
  RouteList,
} from "./api/serving.ts";
export { ArtifactRef, Sha256 } from "./artifact.ts";
export { CATALOGUE, EVENTS, hasSubscriber } from "./catalogue.ts";
export { DeadLetter } from "./dead_letter.ts";
export { CloudEvent, EventType } from "./envelope.ts";
export { defineEvent, type EventData, type EventDefinition } from "./event_definition.ts";
export { BaseModel, baseName, BaseSummary, TrainedAdapter } from "./formats/base_model.ts";
export {
  CorpusDocument,
  CorpusManifest,
  Counts,
  DropReport,
  DroppedDocument,
  ListedCluster,
  ListedDocument,
} from "./formats/corpus.ts";
export { leastWaiting, NodeActivity, NodeChange, Pipeline, StageActivity, TrainingPoint } from "./formats/metrics.ts";
export {
  BitsPerByte,
  Evaluation,
  Gate,
  ModelConfig,
  ModelFolder,
  RuntimeFingerprint,
  ServingPackage,
  ServingWeights,
} from "./formats/model.ts";
export { LimitChanges, NO_LIMITS, ProjectLimits, Role, ROLES, Scope, SCOPES } from "./formats/access.ts";
export {
  scoreOf,
  Slice,
  standardErrorOf,
  TASK_KINDS,
  TaskKind,
  TaskName,
  TaskScore,
  ToldTaskScore,
  toldScore,
  TokenScores,
} from "./formats/scores.ts";
export { parseQuestions, type Question, TaskFormatError } from "./formats/task_questions.ts";
export { ALERT_KINDS, AlertKind, AlertSeverity } from "./formats/alert.ts";
export { CanaryEvidence, CanarySettings, DeploymentState } from "./formats/rollout.ts";
export { Rule, RULE_EVENTS, RuleAction, RuleCondition, RuleOutcome, RuleToTry, WrittenRule } from "./formats/rule.ts";
export { countSkipped, type Skipped, SkippedFiles, skippedWords } from "./formats/skipped_files.ts";
export { SourcePlan } from "./formats/source_plan.ts";
export { DocumentIndexLine, RefusedConversations, RefusedLine, TOKEN_MARKS, TokenManifest } from "./formats/tokens.ts";
export { TrafficWindow } from "./formats/traffic.ts";
export { TaskFile } from "./events/fields.ts";
export { outputEventId, rootEventId, uuidV5 } from "./identity.ts";
export { DEFAULT_PROJECT, ProjectName } from "./project.ts";
export { ModelName, Recipe, type RecipeInput, recipeJsonSchema, Source } from "./recipe.ts";
export { type HubName, isHubName, parseHubName } from "./hub_name.ts";
export { RankedTrial, SearchedRange, SearchedValues, SearchSection, withValues } from "./recipe_search.ts";
export { LeastScores, NEXT_TOKEN_ACCURACY } from "./recipe_evaluation.ts";
export { sha256Hex } from "./sha256.ts";
export { mayLeaveFolder } from "./source_pattern.ts";
export { namedCheckpoint } from "./recipe_train.ts";
export { type Adapters, CONTINUED, planTraining, SIZES, type TrainingPlan } from "./recipe_defaults.ts";
export { problemOfPlan } from "./recipe_plan_problem.ts";
export { type Difference, differencesOf, flatRecipe } from "./recipe_differences.ts";
export { shellWord } from "./shell_word.ts";
export { closest } from "./closest.ts";
export { type Problem, problemsOf } from "./problems.ts";
export { SERVICE_NAMES, ServiceName } from "./service_name.ts";
export { type Remedy, remedyOf, STAGE_FAILURES, type StageFailure, type StageFailureCode } from "./stage_failures.ts";
export { isFinal, RUN_STATES, RunState, STAGES, Stage } from "./stages.ts";
export {
  deadSubjectOf,
  EVENT_STREAMS,
  type StreamDefinition,
  STREAMS,
  streamOf,
  subjectFor,
  subjectOf,
  typeOfSubject,
} from "./streams.ts";
export { Sample, Summary } from "./summary.ts";
