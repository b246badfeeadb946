/** The coordinator of a disturbed training in a process of its own, so that it can be killed as its nodes can. */
import { fileURLToPath } from "node:url";
import type { PeerAddress } from "@millrace/collective";
import { listenTcp } from "@millrace/collective/tcp";
import { memoryGenerations } from "../coordinator/generation_memory.ts";
import type { TrainingResult } from "../coordinator/ports.ts";
import { runTraining } from "../coordinator/run_training.ts";
import { stagePorts } from "../model_stages.ts";
import { processNodes } from "../runtime/supervisor.ts";
import { type ChaosJoin, type ChaosReport, type ChaosRequest, FAR_NODE } from "./chaos_messages.ts";
import { folderStore } from "./folder_store.ts";
import { type FarNode, nodesBeyond } from "./network_cable.ts";
import { SECRET } from "./run_kit.ts";
import { TINY_MODEL } from "./tiny_model_job.ts";
import { sha256 } from "../runtime/sha256.ts";

const main = fileURLToPath(new URL("../runtime/node_main.ts", import.meta.url));

function tell(report: ChaosReport): void {
  process.send?.(report);
}

async function train({ job, nodes, stages, folder, cable }: ChaosRequest): Promise<TrainingResult> {
  const store = folderStore(folder);
  const near = processNodes({ secret: SECRET, nodes, main, log: () => {}, ...(cable && { host: cable.here }) });
  const far = cable && nodesBeyond(cable, SECRET, main);
  let address: PeerAddress | undefined;
  function spawnNode(name: string, at: PeerAddress): FarNode {
    address = at;
    const node = far && name === FAR_NODE ? far(name, at) : near(name, at);
    if (node.pid !== undefined) tell({ type: "started", node: name, pid: node.pid });
    return node;
  }
  process.on("message", ({ join }: ChaosJoin) => spawnNode(join, address!));
  return runTraining(job, {
    listen: listenTcp,
    hash: sha256,
    ...(cable && { host: cable.here }),
    secret: SECRET,
    nodes,
    stages: stagePorts(TINY_MODEL, stages),
    spawnNode,
    generation: memoryGenerations(),
    readBlob: store.read,
    onCheckpoint({ resume, model, state }) {
      store.put(model);
      store.put(state);
      tell({ type: "checkpoint", resume });
      return Promise.resolve();
    },
    onProgress: (progress) => tell({ type: "progress", progress }),
    now: () => performance.now(),
    log: () => {},
  });
}

process.once("message", (request) => {
  train(request as ChaosRequest).then(
    (result) => process.send?.({ type: "result", result } satisfies ChaosReport, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
