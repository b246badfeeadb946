import { type Access, defineService, type OpenPorts, type Service } from "@millrace/service";
import { modelEvaluate } from "./handlers/model_evaluate.ts";
import { pipelineCancelled } from "./handlers/pipeline_cancelled.ts";
import { trainingSearch } from "./handlers/training_search.ts";
import { trainingStart } from "./handlers/training_start.ts";
import { evaluateJob } from "./jobs/evaluate.ts";
import { trainJob } from "./jobs/train.ts";
import { trialJob } from "./jobs/trial.ts";
import { runRoutes } from "./routes/runs.ts";
import type { TrainerOptions } from "./trainer_options.ts";

/** The service that trains models on nodes it starts, and measures them. */
export function createTrainer(openPorts: OpenPorts, access: Access, options: TrainerOptions): Service {
  return defineService(
    {
      name: "trainer",
      subscriptions: [trainingStart, trainingSearch, modelEvaluate, pipelineCancelled],
      jobs: [trainJob(options), trialJob(options), evaluateJob(options.measure)],
      routes: runRoutes,
    },
    openPorts,
    access,
  );
}
