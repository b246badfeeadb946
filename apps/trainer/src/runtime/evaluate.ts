import { TokenManifest, type TaskScore, type VersionView } from "@millrace/contracts";
import { openExecutor } from "@millrace/execution/open";
import type { AskedTask } from "../evaluation/measure.ts";
import { readJsonArtifact } from "../read_json_artifact.ts";
import { askHere } from "./measure.ts";

export type { AskedTask };

/**
 * Asks a version tasks, in this process; nothing is stored.
 * @param readArtifact Bytes of an artifact of the version.
 * @throws {Error} Named `TaskFormatError`, if a file of questions is none.
 */
export async function evaluate(
  { config, checkpoint, tokenized, tokenizer }: Pick<VersionView, "config" | "checkpoint" | "tokenized" | "tokenizer">,
  tasks: readonly AskedTask[],
  readArtifact: (sha256: string) => Promise<Uint8Array>,
): Promise<TaskScore[]> {
  const { endOfText } = await readJsonArtifact({ bytes: readArtifact }, tokenized.sha256, TokenManifest);
  const model = await readArtifact(checkpoint.sha256);
  const json = new TextDecoder().decode(await readArtifact(tokenizer.sha256));
  const executor = await openExecutor(console.warn);
  try {
    return await askHere(executor, { config, endOfText, model }, { tokenizer: json, tasks });
  } finally {
    await executor.close();
  }
}
