import type { BaseSummary, ModelConfig } from "@millrace/contracts";
import { parameterCount, resolveModel } from "@millrace/transformer";

/** What the card says of a version. No time and no run: the same model gives the same card. */
export interface CardFacts {
  readonly model: string;
  readonly version: number;
  readonly config: ModelConfig;
  /** SHA-256 of model.safetensors. */
  readonly checkpoint: string;
  /** What it was trained further from. */
  readonly base?: BaseSummary | undefined;
}

/** The kind of model in words. */
function architectureOf(config: ModelConfig): string {
  const { architecture, positions, heads, keyValueHeads, tied } = resolveModel(config);
  const output = `${tied ? "tied" : "untied"} embeddings`;
  if (architecture === "gpt2") return `GPT-2 (pre-layer-norm, ${positions} positions, ${output})`;
  const shared = keyValueHeads === heads ? "" : `, ${keyValueHeads} heads of keys and values`;
  return `Llama (root mean square norm, ${positions} positions, gated feed-forward${shared}, ${output})`;
}

/** The README.md of a model folder, with the front matter that Hugging Face's hub reads. */
export function modelCard({ model, version, config, checkpoint, base }: CardFacts): string {
  const rows = [
    ["architecture", architectureOf(config)],
    ["parameters", parameterCount(config)],
    ["vocabulary", `${config.vocabularySize} tokens`],
    ["context", `${config.contextLength} tokens`],
    ["layers, heads, width", `${config.layers}, ${config.heads}, ${config.width}`],
    ["model.safetensors", `sha256 ${checkpoint}`],
    ...(base
      ? [
          ["trained further from", cell(base.name)],
          ["its licence", cell(base.licence ?? "not named")],
        ]
      : []),
  ];
  const [, repository] = /^hf:([^@]+)@/.exec(base?.name ?? "") ?? [];
  const head = [
    ...(repository === undefined ? [] : [`base_model: ${repository}`]),
    // Whether it holds for what was made of it is for people to say; the hub wants one line of text.
    ...(base?.licence ? [`license: ${JSON.stringify(base.licence)}`] : []),
    "library_name: transformers",
    "pipeline_tag: text-generation",
  ];
  const origin = base ? `trained further by Millrace from ${cell(base.name)} on` : "trained by Millrace from";
  return `---
${head.join("\n")}
---

# ${model}, version ${version}

A base language model ${origin} raw text. It continues text; it does not follow instructions, and it repeats what
its corpus says, right or wrong. \`millrace trace ${model}@${version}\` lists the documents behind it.

| | |
| --- | --- |
${rows.map(([name, value]) => `| ${name} | ${value} |`).join("\n")}

With transformers.js:

\`\`\`js
const generate = await pipeline("text-generation", "<this folder>", { dtype: "fp32" });
console.log(await generate("The ", { max_new_tokens: 40 }));
\`\`\`
`;
}

/** Text of others in Markdown: neither a cell's border nor markup. */
function cell(text: string): string {
  return text.replaceAll(/[|<>`*_[\]\\]/g, "\\$&").replaceAll(/\s+/g, " ");
}
