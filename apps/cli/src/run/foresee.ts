/** What will surely fail, and what is foolish, from sizes alone: said before a run begins and anything is written. */
import type { Recipe } from "@millrace/contracts";
import { counted } from "../terminal/counted.ts";
import type { RunCase, RunPlan } from "./run_plan.ts";
import type { Machine } from "./estimate.ts";

export interface Foresight {
  /** Why the run cannot reach its end. */
  readonly refusals: readonly string[];
  /** What the run may end in, or waste. */
  readonly warnings: readonly string[];
}

/** A source as it is listed. */
interface Listed {
  readonly path: string;
  readonly sizeBytes: number;
}

/** The most that deflate saves. */
const GZIP_MOST = 1032;
/** Masking, decoding and NFC may lengthen a text; a whole corpus never by this much. */
const CLEANING_MOST = 4;
/** Text files up to this size are one document; longer ones are cut. */
const ONE_DOCUMENT_BYTES = 64 * 1024;
/** The 256 bytes and the end of text. */
const LEAST_TOKENS = 257;

/**
 * Most tokens that a text of this size usually supports: measured on documentation of 10 kB to 3 MB, where the merges grow with this
 * power within 3 %.
 */
function usualVocabulary(bytes: number): number {
  return Math.floor(LEAST_TOKENS + 2.1 * bytes ** 0.65);
}

/** Bytes of documentation for each token: of a small vocabulary, or a character. */
const BYTES_PER_TOKEN = { bpe: 3, characters: 1 } as const;

/**
 * Looks ahead.
 * @param files The sources.
 * @param trials What each training of the recipe comes to with the sources; what can be in none of them is refused.
 * @param cases What all of it comes to; what it may end in, in every one of them, is warned of.
 * @param machine Where it would run.
 */
export function foresee(
  recipe: Recipe,
  files: readonly Listed[],
  trials: readonly RunCase[],
  cases: RunPlan["cases"],
  machine: Machine,
): Foresight {
  const mostBytes = files.reduce((sum, { path, sizeBytes }) => sum + sizeBytes * mostGrowth(path), 0);
  const aheadOf = (one: RunCase): Foresight => ahead(one, recipe.tokenizer, mostBytes, machine);
  if (files.length === 0) {
    const places = recipe.sources.map(({ path }) => path).join(", ");
    const nothing = `sources: found no file to read in ${places}, wanted text, Markdown, HTML or JSON lines`;
    return { refusals: [nothing], warnings: [] };
  }
  const [only] = files;
  const oneDocument =
    recipe.train.enabled && only && files.length === 1 && isOneDocument(only, recipe.corpus.split)
      ? [
          `sources: found one document (${only.path}), wanted at least two: one to train on and one to validate with; add documents`,
        ]
      : [];
  const refused = everywhere(trials.map((one) => aheadOf(one).refusals));
  // What the largest trial of a search cannot be, and a smaller one can, ends in the failure of the one.
  const warnings = cases.map(aheadOf).map((one) => [...(refused.length > 0 ? [] : one.refusals), ...one.warnings]);
  return { refusals: [...oneDocument, ...refused], warnings: everywhere(warnings) };
}

/** What is said in every case, in the words of the most generous one. */
function everywhere(lists: readonly (readonly string[])[]): readonly string[] {
  return lists.every((list) => list.length > 0) ? (lists.at(-1) ?? []) : [];
}

function ahead(
  { training, estimate, keptShare }: RunCase,
  { kind, vocabularySize }: Recipe["tokenizer"],
  mostBytes: number,
  machine: Machine,
): Foresight {
  if (training === null || mostBytes === 0) return { refusals: [], warnings: [] };
  const refusals: string[] = [];
  const warnings: string[] = [];
  const { model, train, parameters } = training;
  const tell = (surely: boolean, likely: boolean, message: string): void => {
    if (surely) refusals.push(message);
    else if (likely) warnings.push(message);
  };
  const bytes = estimate.sourceBytes * keptShare;
  const tokens = bytes / BYTES_PER_TOKEN[kind];
  const usual = usualVocabulary(bytes);
  // A vocabulary that is derived falls to what the text supports.
  if (vocabularySize !== undefined) {
    tell(
      vocabularySize > LEAST_TOKENS + mostBytes,
      vocabularySize > usual,
      `tokenizer.vocabularySize: found ${count(vocabularySize)} tokens for ${count(bytes)} bytes of text, which usually support ` +
        `at most ${count(usual)}; lower it, leave it out, or add documents`,
    );
  }
  tell(
    model.contextLength >= mostBytes,
    model.contextLength >= tokens,
    `model.contextLength: found ${count(model.contextLength)} tokens for ${count(bytes)} bytes of text, about ` +
      `${count(tokens)} tokens; lower it, or add documents`,
  );
  const stateBytes = estimate.stateBytes;
  tell(
    stateBytes > machine.memoryBytes,
    estimate.memoryBytes > machine.memoryBytes,
    `model: found ${count(parameters)} parameters, which with the optimiser's state take ${gigabytes(stateBytes)} on ` +
      `${counted(train.nodes, "node")}, and the whole run ${gigabytes(estimate.memoryBytes)}; this machine has ` +
      `${gigabytes(machine.memoryBytes)}; lower model.width, model.layers or train.nodes`,
  );
  tell(
    false,
    train.nodes > Math.max(machine.cores, 2),
    `train.nodes: found ${train.nodes} nodes on ${machine.cores} cores; more nodes than cores take memory and save no time`,
  );
  return { refusals, warnings };
}

function mostGrowth(path: string): number {
  return CLEANING_MOST * (path.endsWith(".gz") ? GZIP_MOST : 1);
}

function isOneDocument({ path, sizeBytes }: Listed, split: Recipe["corpus"]["split"]): boolean {
  const whole = split === "position" ? /\.html?$/i : /\.(?:txt|md|html?)$/i;
  return whole.test(path) && sizeBytes <= ONE_DOCUMENT_BYTES;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
