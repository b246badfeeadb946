/** Versions of the scenes: the live one with all there is to say, the one before it, and one that was only registered. */
import type { Lineage, ServingPackage, VersionView } from "@millrace/contracts";
import { at, version } from "./scene_data.ts";

const NAME = "/api/registry/models/handbook/versions";

const live: VersionView = { ...version, aliases: ["champion", "live"], folder: file("e"), package: file("f") };
const before: VersionView = {
  ...version,
  base: {
    manifest: file("b"),
    name: "hf:millers/grist@0123456789abcdef0123456789abcdef01234567",
    licence: "apache-2.0",
  },
  version: 2,
  runId: "run-1679091c",
  createdAt: at(-172_500),
  aliases: [],
  state: "packaged",
  package: file("d"),
  evaluation: { ...version.evaluation, bitsPerByte: { ...version.evaluation.bitsPerByte, model: 1.82 } },
};
const fresh: VersionView = {
  ...before,
  base: undefined,
  version: 1,
  aliases: [],
  state: "registered",
  package: null,
  onnx: null,
  gates: [],
  exact: false,
  partial: true,
  evaluation: {
    ...version.evaluation,
    bitsPerByte: { model: 2.01, gzip: 2.64, xzPrimed: 1.98, ngram: 1.83 },
    verdict: "better than gzip, worse than primed xz and counting",
  },
};

function file(digit: string) {
  return { sha256: digit.repeat(64), sizeBytes: 4_284_416, mediaType: "application/json" };
}

const node = (kind: Lineage["nodes"][number]["kind"], id: string, label: string) => ({ kind, id, label });
const lineage: Lineage = {
  nodes: [
    node("run", version.runId, version.runId),
    node("corpus", version.corpusHash, "861 documents"),
    node("tokenizer", version.tokenizer.sha256, "2048 tokens"),
    node("tokenized", version.tokenized.sha256, "1014100 tokens"),
    node("checkpoint", version.checkpoint.sha256, "step 900"),
    node("version", "handbook@3", "handbook@3"),
    node("package", "f".repeat(64), "serving package"),
    node("run", "run-1679091c", "run-1679091c"),
  ],
  edges: [
    [version.runId, version.corpusHash, "made by"],
    ["run-1679091c", version.corpusHash, "made by"],
    [version.corpusHash, version.tokenizer.sha256, "learnt from"],
    [version.corpusHash, version.tokenized.sha256, "encoded from"],
    [version.tokenizer.sha256, version.tokenized.sha256, "encoded with"],
    [version.runId, version.checkpoint.sha256, "trained by"],
    [version.tokenized.sha256, version.checkpoint.sha256, "trained on"],
    [version.checkpoint.sha256, "handbook@3", "weights"],
    [version.tokenizer.sha256, "handbook@3", "tokenizer"],
    ["handbook@3", "f".repeat(64), "packaged from"],
  ].map(([from = "", to = "", relation = ""]) => ({ from, to, relation })),
};

/** The canary of the scenes knows how a conversation is written, and has a shorter context. */
const config = { ...version.config, contextLength: 96 };
const chatting: VersionView = { ...live, version: 4, aliases: [], state: "packaged", package: file("c"), config };
const chatPackage: ServingPackage = {
  version: 1,
  model: "handbook",
  modelVersion: 4,
  config,
  checkpoint: version.checkpoint,
  tokenizer: version.tokenizer,
  endOfText: 0,
  slots: 4,
  graphs: [{ newTokens: 1, graph: file("9") }],
  chatTemplate: { template: "{{ messages }}", specialTokens: {} },
};

export const CHATTING = {
  [`${NAME}/4`]: chatting,
  [`/api/registry/artifacts/${"c".repeat(64)}`]: chatPackage,
};

export const VERSIONS = {
  [NAME]: { versions: [live, before, fresh] },
  [`${NAME}/3`]: live,
  [`${NAME}/2`]: before,
  [`${NAME}/1`]: fresh,
  [`/api/registry/artifacts/${"e".repeat(64)}`]: {
    version: 1,
    files: { "README.md": file("1"), "config.json": file("2"), "model.safetensors": version.checkpoint },
  },
  "/api/registry/lineage?id=handbook%403": lineage,
};
