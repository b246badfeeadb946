import type { BaseModel } from "@millrace/contracts";

const COMMON = { version: 1, licence: null, parameters: 11_000, bos: 0 } as const;

/**
 * A base model of `test/kit/testdata`, as ingestion would have taken it over.
 * @param files Those of its files that are needed, stored.
 */
export function tinyBase(name: "tiny-llama" | "tiny-gpt2", files: BaseModel["files"]): BaseModel {
  const own = { ...COMMON, origin: { kind: "folder", folder: name } as const, files };
  const shape = { layers: 2, width: 16 };
  return name === "tiny-llama"
    ? { ...own, eos: 1, config: { architecture: "llama", vocabularySize: 368, contextLength: 64, heads: 4, ...shape } }
    : { ...own, eos: 0, config: { architecture: "gpt2", vocabularySize: 384, contextLength: 48, heads: 2, ...shape } };
}
