import type { Artifacts } from "@millrace/artifacts";
import type { ArtifactRef, ServingPackage } from "@millrace/contracts";
import { decoderGraphs } from "@millrace/generation";

/** Everything of a package but its graphs. */
export type PackageParts = Omit<ServingPackage, "version" | "graphs">;

/**
 * Stores the serving graphs and the package that names them.
 * @returns The package's address.
 */
export async function storeServingPackage(artifacts: Artifacts, parts: PackageParts): Promise<ArtifactRef> {
  const { reading, readTokens, stepping } = decoderGraphs(parts.config, parts.slots);
  const graphs = [
    { newTokens: readTokens, graph: await artifacts.put(reading, "application/onnx") },
    { newTokens: 1, graph: await artifacts.put(stepping, "application/onnx") },
  ];
  const { model, modelVersion, config, checkpoint, tokenizer, endOfText, slots } = parts;
  // Written key by key: the order of the keys is part of the hash.
  const content: ServingPackage = {
    version: 1,
    model,
    modelVersion,
    config,
    checkpoint,
    tokenizer,
    endOfText,
    slots,
    graphs,
  };
  return artifacts.put(new TextEncoder().encode(JSON.stringify(content)), "application/json");
}
