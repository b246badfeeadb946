import { startNode } from "../runtime/start_node.ts";
import { toyReplicas } from "./toy_replicas.ts";

const [probe, slowness] = [process.env["TOY_PROBE"] ?? "same", Number(process.env["TOY_SLOWNESS"] ?? 1)];
const silenceMs = Number(process.env["TOY_SILENCE_MS"] ?? 20_000);
await startNode(() => Promise.resolve(toyReplicas(probe, slowness)), { silenceMs });
