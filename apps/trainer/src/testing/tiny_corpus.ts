import type { Artifacts } from "@millrace/artifacts";
import { type ArtifactRef, Recipe, type RecipeInput, type TokenManifest } from "@millrace/contracts";
import { sampleDocument, storeCorpus } from "@millrace/contracts/testing";

const END_OF_TEXT = 256;

/** Artifacts of a run, ready for training and evaluation. */
export interface TinyCorpus {
  readonly recipe: ArtifactRef;
  readonly corpus: ArtifactRef;
  readonly tokenized: ArtifactRef;
}

function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}

/** Settings that train in about a second. */
export const TINY_RECIPE = {
  name: "tiny",
  sources: [{ path: "docs" }],
  model: { layers: 1, heads: 2, width: 16, contextLength: 16 },
  train: { nodes: 1, leaves: 4, leafBatch: 2, steps: 12, validateEvery: 4, checkpointEvery: 4, learningRate: 0.01 },
} satisfies RecipeInput;

/**
 * Stores a corpus of two shards whose tokens are its bytes.
 * @param overrides Of the recipe.
 */
export async function tinyCorpus(
  artifacts: Artifacts,
  overrides: Partial<RecipeInput> = {},
  documents = 40,
): Promise<TinyCorpus> {
  const encoder = new TextEncoder();
  const put = (bytes: string | Uint8Array, mediaType = "application/json"): Promise<ArtifactRef> =>
    artifacts.put(typeof bytes === "string" ? encoder.encode(bytes) : bytes, mediaType);
  const all = Array.from({ length: documents }, (_, number) => sampleDocument(number, 40));
  const { corpus, corpusHash, shards } = await storeCorpus(artifacts, all);
  const parts: Record<"train" | "validation", TokenManifest["train"]> = { train: [], validation: [] };
  const [tokens, bytes] = [
    { train: 0, validation: 0 },
    { train: 0, validation: 0 },
  ];
  for (const [shard, own] of shards.entries()) {
    for (const split of ["train", "validation"] as const) {
      const ids: number[] = [];
      const index = own
        .filter((document) => document.split === split)
        .map(({ id, source, text }) => {
          const from = ids.length;
          ids.push(END_OF_TEXT, ...encoder.encode(text));
          return { id, source, shard, from, to: ids.length };
        });
      const stored = await put(new Uint8Array(Uint16Array.from(ids).buffer), "application/octet-stream");
      parts[split].push({ tokens: stored, count: ids.length, index: await put(lines(index)) });
      tokens[split] += ids.length;
      bytes[split] += ids.length - index.length;
    }
  }
  const empty = await put("{}");
  const tokenized: TokenManifest = {
    version: 1,
    corpusHash,
    tokenizer: empty,
    vocabularySize: END_OF_TEXT + 1,
    endOfText: END_OF_TEXT,
    dtype: "uint16",
    ...parts,
    tokens,
    bytes,
    profile: empty,
  };
  const recipe = Recipe.parse({ ...TINY_RECIPE, ...overrides });
  return {
    recipe: await put(JSON.stringify(recipe)),
    corpus,
    tokenized: await put(JSON.stringify(tokenized)),
  };
}
