/** A version in plain words, each of them following from what was measured or recorded. */
import type { DropReport, SourceBreakdown, TrainingRunView, VersionView } from "@millrace/contracts";
import { counted, formatBytes, formatCount, formatShare } from "./format.ts";

/** What is known beside the version; undefined where it could not be read or is no more. */
export interface Known {
  readonly report: DropReport | undefined;
  readonly licences: SourceBreakdown["licences"] | undefined;
  readonly training: TrainingRunView | undefined;
  /** Whether its serving package holds a chat template. */
  readonly chats: boolean;
}

const LANGUAGES = new Intl.DisplayNames("en", { type: "language" });

/** Languages with at least this share of the documents are named. */
const NAMED_SHARE = 0.05;

export function madeFrom({ report, training }: Known, base?: VersionView["base"]): string {
  const documents = report === undefined ? "Documents that are not on record now" : documentsOf(report);
  if (training === undefined) return `${documents}.`;
  return `${documents}; ${counted(training.steps, "step")} on ${counted(training.nodes, "node")}, ${base === undefined ? "from nothing but these" : `on top of ${base.name}`}.`;
}

/** What it was made of then, whatever was taken out of the corpus later. */
function documentsOf({ read, kept, bytes, forgottenSince: since = { documents: 0, bytes: 0 } }: DropReport): string {
  const [documents, size] = [kept + since.documents, bytes.kept + since.bytes];
  const gone = since.documents === 0 ? "" : ` (${formatCount(since.documents)} of them forgotten since)`;
  return `${counted(documents, "document")}, ${formatBytes(size)} of text, of ${formatCount(read)} read${gone}`;
}

export function licencesOf({ licences }: Known, base?: VersionView["base"]): string {
  const ofBase = base === undefined ? "" : ` The base model: ${base.licence ?? "none named"}.`;
  if (licences === undefined) return `Not known now.${ofBase}`;
  const [first, ...rest] = licences.map(
    ({ licence, documents }) => `${licence ?? "none recorded"} for ${counted(documents, "document")}`,
  );
  if (first === undefined) return `None recorded.${ofBase}`;
  return `${[first, ...rest].join(", ")}.${ofBase}`;
}

export function sizeOf({ config, checkpoint }: VersionView, { training }: Known): string {
  const { layers, width, heads, vocabularySize, contextLength } = config;
  const parameters = training === undefined ? "" : `${formatCount(training.parameters)} parameters in `;
  return `${parameters}${counted(layers, "layer")} of width ${width} with ${counted(heads, "head")}; ${counted(vocabularySize, "token")} of vocabulary, ${formatCount(contextLength)} of context; ${formatBytes(checkpoint.sizeBytes)} of weights.`;
}

export function goodFor({ evaluation, config }: VersionView, known: Known): string[] {
  const { model, ngram } = evaluation.bitsPerByte;
  const languages = languagesOf(known);
  const like = languages === undefined ? "" : `, in ${languages}`;
  return [
    known.chats
      ? "Short conversations in the manner of what it was trained on"
      : `Continuing text like that of its corpus${like}`,
    ...(ngram !== null && model < ngram
      ? ["Saying how usual a text is for the corpus: it predicts it better than counting does"]
      : []),
    `Texts up to ${formatCount(config.contextLength)} tokens, prompt and answer together`,
  ];
}

export function notGoodFor({ evaluation, partial, exact }: VersionView, known: Known): string[] {
  const { model, ngram, xzPrimed } = evaluation.bitsPerByte;
  const languages = languagesOf(known);
  return [
    ...(known.chats
      ? []
      : ["Answering questions or following instructions: it is a base model without a chat template"]),
    "Facts: it repeats what its corpus says, right or wrong, and makes up the rest",
    ...(languages === undefined ? [] : [`Languages other than ${languages}`]),
    ...(ngram !== null && model >= ngram ? ["Predicting text: counting its tokens does as well or better"] : []),
    ...(xzPrimed !== null && model >= xzPrimed
      ? ["Compressing text like its corpus: primed xz does as well or better"]
      : []),
    ...(partial ? ["Comparing with others: its training was stopped before its end"] : []),
    ...(exact ? [] : ["Being made again byte for byte: its training was not exact"]),
  ];
}

/** `English`, `English and German`; undefined when not known. */
function languagesOf({ report }: Known): string | undefined {
  const all = Object.entries(report?.languages ?? {}).sort(([, left], [, right]) => right - left);
  const documents = all.reduce((sum, [, count]) => sum + count, 0);
  const named = all
    .filter(([code, count]) => count / documents >= NAMED_SHARE && /^[a-z]{2,3}$/.test(code))
    .map(([code, count]) => {
      const name = LANGUAGES.of(code) ?? code;
      return all.length === 1 ? name : `${name} (${formatShare(count, documents)})`;
    });
  if (named.length === 0) return undefined;
  return new Intl.ListFormat("en").format(named);
}
