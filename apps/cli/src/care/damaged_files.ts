/** Damage to what is stored of a version. */
import type { Artifacts } from "@millrace/artifacts";
import { type ArtifactRef, ModelFolder, ServingPackage, type VersionView } from "@millrace/contracts";

export interface DamagedFile {
  /** Such as `checkpoint`, `folder/config.json`, `package graph 1`. */
  readonly file: string;
  readonly reason: string;
}

type Stored = Pick<VersionView, "checkpoint" | "tokenizer" | "onnx" | "folder" | "package">;

/**
 * Reads what a version is served and exported from to the end, which checks it: what it names itself, and what the lists of its folder and
 * its package name. Each content is read once, and told by the first name that it has.
 */
export async function damagedFiles(version: Stored, artifacts: Artifacts): Promise<DamagedFile[]> {
  const damaged: DamagedFile[] = [];
  const tried = new Set<string>();
  async function check(
    file: string,
    ref: ArtifactRef | null | undefined,
    read: (sha256: string) => Promise<void>,
  ): Promise<void> {
    if (!ref || tried.has(ref.sha256)) return;
    tried.add(ref.sha256);
    try {
      await read(ref.sha256);
    } catch (error) {
      damaged.push({ file, reason: (error as Error).message });
    }
  }
  const toEnd = async (sha256: string): Promise<void> => {
    for await (const _ of await artifacts.stream(sha256));
  };
  const json = async (sha256: string): Promise<unknown> =>
    JSON.parse(new TextDecoder().decode(await artifacts.bytes(sha256)));

  await check("checkpoint", version.checkpoint, toEnd);
  await check("tokenizer", version.tokenizer, toEnd);
  await check("onnx", version.onnx, toEnd);
  await check("folder", version.folder, async (sha256) => {
    const { files } = ModelFolder.parse(await json(sha256));
    for (const [path, ref] of Object.entries(files)) await check(`folder/${path}`, ref, toEnd);
  });
  await check("package", version.package, async (sha256) => {
    const { checkpoint, tokenizer, profile, graphs } = ServingPackage.parse(await json(sha256));
    await check("package checkpoint", checkpoint, toEnd);
    await check("package tokenizer", tokenizer, toEnd);
    await check("package profile", profile, toEnd);
    for (const { newTokens, graph } of graphs) await check(`package graph ${newTokens}`, graph, toEnd);
  });
  return damaged;
}
