import { type Access, defineService, type OpenPorts, type Service } from "@millrace/service";
import { approvalRequested } from "./handlers/approval_requested.ts";
import { auditedEvents } from "./handlers/audited.ts";
import { corpusDeduplicated } from "./handlers/corpus_deduplicated.ts";
import { corpusTokenized } from "./handlers/corpus_tokenized.ts";
import { modelDeployed } from "./handlers/model_deployed.ts";
import { modelGated } from "./handlers/model_gated.ts";
import { modelPackaged } from "./handlers/model_packaged.ts";
import { modelRegister } from "./handlers/model_register.ts";
import { rolloutAborted } from "./handlers/rollout_aborted.ts";
import { tokenizerTrained } from "./handlers/tokenizer_trained.ts";
import { trainingCheckpointed, trainingCompleted, trainingProgressed, trainingStarted } from "./handlers/training.ts";
import { trialCompleted } from "./handlers/trial_completed.ts";
import { trainingFailed } from "./handlers/training_failed.ts";
import { approvalRoutes } from "./routes/approvals.ts";
import { auditRoutes } from "./routes/audit.ts";
import { backupRoutes, type MakeBackup } from "./routes/backup.ts";
import { findRoutes } from "./routes/find.ts";
import { keyRoutes } from "./routes/keys.ts";
import { lineageRoutes } from "./routes/lineage.ts";
import { modelRoutes } from "./routes/models.ts";
import { versionFileRoutes } from "./routes/version_files.ts";
import { projectRoutes } from "./routes/projects.ts";
import { runRoutes } from "./routes/runs.ts";

/**
 * The service that remembers what was made, of what, and how it went.
 * @param backUp Absent where no one process has all that is kept.
 */
export function createRegistry(openPorts: OpenPorts, access: Access, backUp?: MakeBackup): Service {
  return defineService(
    {
      name: "registry",
      subscriptions: [
        corpusDeduplicated,
        tokenizerTrained,
        corpusTokenized,
        trainingStarted,
        trainingProgressed,
        trainingCheckpointed,
        trainingCompleted,
        trainingFailed,
        trialCompleted,
        modelRegister,
        modelPackaged,
        modelGated,
        modelDeployed,
        rolloutAborted,
        approvalRequested,
        ...auditedEvents,
      ],
      // What may be fetched, also checkpoints that later ones have taken the place of.
      namesInPassing: ["artifact"],
      routes(http) {
        runRoutes(http);
        modelRoutes(http);
        versionFileRoutes(http);
        lineageRoutes(http);
        findRoutes(http);
        keyRoutes(http);
        auditRoutes(http);
        approvalRoutes(http);
        projectRoutes(http);
        backupRoutes(http, backUp);
      },
    },
    openPorts,
    access,
  );
}
