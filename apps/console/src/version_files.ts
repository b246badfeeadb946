import type { ArtifactRef, ModelFolder, VersionView } from "@millrace/contracts";

/** A file of a version, as it is listed. */
export interface VersionFile {
  readonly name: string;
  /** Of a file of the export: its path in the folder. */
  readonly path?: string;
  readonly about: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What a version is made of, and what it was exported as. @param folder Undefined where there is none, or it cannot be read now. */
export function filesOf(version: VersionView, folder: ModelFolder | undefined): VersionFile[] {
  const parts: readonly (readonly [string, string, ArtifactRef | null])[] = [
    ["model.safetensors", "weights as they were trained", version.checkpoint],
    ["tokenizer.json", "text to tokens and back", version.tokenizer],
    ["model.onnx", "graph for other runtimes", version.onnx],
    ["folder", "list of the export in Hugging Face's layout", version.folder],
    ["package", "what a replica loads", version.package],
    ["recipe.json", "what the run was asked for", version.recipe],
    ["corpus", "list of the shards of documents", version.corpus],
    ["base model", "list of the files of the model it was trained further from", version.base?.manifest ?? null],
    ["adapter", "low-rank adapters that were trained, before they were merged", version.adapter?.weights ?? null],
    ["tokens", "list of the shards of tokens", version.tokenized],
  ];
  const exported = Object.entries(folder?.files ?? {}).map(
    ([path, ref]) => [`folder/${path}`, "of the export", ref, path] as const,
  );
  return [...parts, ...exported].flatMap(([name, about, ref, path]) =>
    ref === null
      ? []
      : [{ name, about, sha256: ref.sha256, sizeBytes: ref.sizeBytes, ...(path !== undefined && { path }) }],
  );
}
