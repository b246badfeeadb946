/** Says how this machine's processor computes trainings, as one line of JSON, and ends. */
import { modelReplicas } from "./model_replicas.ts";

const replicas = await modelReplicas(1, "cpu");
console.log(JSON.stringify(await replicas.fingerprint()));
await replicas.close();
