import {
  type BaseSummary,
  type Evaluation,
  type ModelConfig,
  standardErrorOf,
  type TaskScore,
  type TokenManifest,
  type TokenScores,
} from "@millrace/contracts";
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
  readonly evaluation?: Evaluation | undefined;
  /** Of models that have learnt to answer. */
  readonly chat?: TokenManifest["chat"];
}

/** The kind of model in words. */
function architectureOf(config: ModelConfig): string {
  const { architecture, positions, heads, keyValueHeads, tied } = resolveModel(config);
  const output = `${tied ? "tied" : "untied"} embeddings`;
  if (architecture === "gpt2") return `GPT-2 (pre-layer-norm, ${positions} positions, ${output})`;
  const shared = keyValueHeads === heads ? "" : `, ${keyValueHeads} heads of keys and values`;
  return `Llama (root mean square norm, ${positions} positions, gated feed-forward${shared}, ${output})`;
}

/** How good it is, as tables. */
function evaluationOf({ documents, conversations, bytes, ...rest }: Evaluation): string {
  const { bitsPerByte, scores, slices = [], tasks = [] } = rest;
  const answersOnly =
    conversations === undefined
      ? ""
      : ` ${conversations} of them are conversations, of which answers alone are measured: bytes, bits and perplexity are theirs.`;
  const measured = `\n## Evaluation\n\nOn ${documents} documents (${bytes} bytes) that were held out of the training. Perplexity is a token of this tokenizer.${answersOnly}\n`;
  const ngram = "counting (Kneser-Ney of order 5)";
  const none = { gzip: "gzip -9", xzPrimed: "xz primed with the training text" } as const;
  const predictors = [
    ...(scores === undefined
      ? [`| this model | ${figure(bitsPerByte.model)} | | |`, `| ${ngram} | ${figure(bitsPerByte.ngram)} | | |`]
      : [scoresRow("this model", scores.model), scoresRow(ngram, scores.ngram)]),
    ...(["xzPrimed", "gzip"] as const).map((key) => `| ${none[key]} | ${figure(bitsPerByte[key])} | | |`),
  ];
  return [
    measured,
    `| | bits per byte | perplexity | next token right |\n| --- | --- | --- | --- |\n${predictors.join("\n")}\n`,
    ...(slices.length === 0
      ? []
      : [
          `| part | documents | bits per byte | counting | next token right |\n| --- | --- | --- | --- | --- |\n${slices.map(sliceRow).join("\n")}\n`,
        ]),
    ...(tasks.length === 0
      ? []
      : [
          `| task | questions | right | normalised | standard error | guessing |\n| --- | --- | --- | --- | --- | --- |\n${tasks.map(taskRow).join("\n")}\n`,
          "Tasks are asked as lm-evaluation-harness does: by the likelihood of each answer, normalised by its characters.\n",
        ]),
  ].join("\n");
}

function scoresRow(name: string, { bitsPerByte, perplexity, accuracy }: TokenScores): string {
  return `| ${name} | ${figure(bitsPerByte)} | ${perplexity.toPrecision(4)} | ${percent(accuracy)} |`;
}

function sliceRow({ by, name, documents, model, ngram }: NonNullable<Evaluation["slices"]>[number]): string {
  return `| ${by}: ${cell(name)} | ${documents} | ${figure(model.bitsPerByte)} | ${figure(ngram.bitsPerByte)} | ${percent(model.accuracy)} |`;
}

function taskRow(task: TaskScore): string {
  const { name, examples, accuracy, accuracyNormalised, chance } = task;
  const share = (value: number | null): string => (value === null ? "" : percent(value));
  return `| ${name} | ${examples} | ${percent(accuracy)} | ${share(accuracyNormalised)} | ${share(standardErrorOf(task))} | ${share(chance)} |`;
}

function figure(value: number | null): string {
  return value === null ? "not measured" : value.toFixed(3);
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** The README.md of a model folder, with the front matter that Hugging Face's hub reads. */
export function modelCard({ model, version, config, checkpoint, base, evaluation, chat }: CardFacts): string {
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

${chat === undefined ? continues(origin) : answers(origin, chat)} \`millrace trace ${model}@${version}\` says what it was made of.

| | |
| --- | --- |
${rows.map(([name, value]) => `| ${name} | ${value} |`).join("\n")}
${evaluation === undefined ? "" : evaluationOf(evaluation)}
With transformers.js:

\`\`\`js
const generate = await pipeline("text-generation", "<this folder>", { dtype: "fp32" });
console.log(await generate("The ", { max_new_tokens: 40 }));
\`\`\`
`;
}

function continues(origin: string): string {
  return `A base language model ${origin} raw text. It continues text; it does not follow instructions, and it repeats what
its corpus says, right or wrong.`;
}

function answers(origin: string, { conversations: { train }, isBases }: NonNullable<TokenManifest["chat"]>): string {
  return `A language model ${origin} ${train} conversations, of which it has learnt the answers. It answers as they do, right or
wrong, in the form of \`chat_template.jinja\`, which is ${isBases ? "that of the model it comes from" : "ChatML"}.`;
}

/** Text of others in Markdown: neither a cell's border nor markup. */
function cell(text: string): string {
  return text.replaceAll(/[|<>`*_[\]\\]/g, "\\$&").replaceAll(/\s+/g, " ");
}
