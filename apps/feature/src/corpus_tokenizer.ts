/** The tokenizer of a corpus: learnt from its documents, or the one of a base model. */
import type { Artifacts } from "@millrace/artifacts";
import type { ArtifactRef, BaseModel, CorpusManifest, Recipe, StageFailure } from "@millrace/contracts";
import {
  loadTokenizer,
  type Tokenizer,
  TooManyCharactersError,
  trainBpe,
  trainCharacters,
  type TrainOptions,
  VocabularyTooLargeError,
} from "@millrace/tokenizer";
import { textsOf } from "./corpus_documents.ts";

/** The token before each document, and the only special one where there are no conversations. */
export const END_OF_TEXT = "<|endoftext|>";

/** A tokenizer, where it is kept, and which of its tokens stand around documents. */
export interface Prepared {
  readonly tokenizer: Tokenizer;
  readonly stored: ArtifactRef;
  readonly endOfText: number;
  readonly endOfDocument: number | undefined;
}

/** The tokenizer of a base model as it is: it was looked at when the model was taken. */
export async function tokenizerOf({ files, bos, eos }: BaseModel, artifacts: Artifacts): Promise<Prepared> {
  const stored = files["tokenizer.json"];
  if (stored === undefined) throw new Error("tokenizing: the base model has no tokenizer.json");
  const json = new TextDecoder().decode(await artifacts.bytes(stored.sha256));
  return { tokenizer: loadTokenizer(json), stored, endOfText: bos, endOfDocument: eos === bos ? undefined : eos };
}

/** What is learnt: the kind, and of BPE how many tokens. */
export interface LearntTokenizer extends Pick<TrainOptions, "vocabularySize" | "orFewer" | "signal" | "specialTokens"> {
  readonly kind: Recipe["tokenizer"]["kind"];
  /** What is written beside the texts of the corpus: its characters are tokens too. */
  readonly written: string;
}

/**
 * Learns the tokenizer of a corpus and stores it. Pieces of words are learnt from the training documents alone. Characters are those of
 * all documents: which of them there are says next to nothing, and one without a token could be read by nobody.
 * @param trained Called when it is stored.
 */
export async function trainTokenizer(
  artifacts: Artifacts,
  corpus: CorpusManifest,
  { trained }: { readonly trained: (tokenizer: ArtifactRef, vocabularySize: number) => Promise<void> },
  { kind, written, ...options }: LearntTokenizer,
): Promise<Prepared | StageFailure> {
  try {
    const { json } =
      kind === "characters"
        ? await trainCharacters(textsAfter(written, textsOf(artifacts, corpus)), options)
        : await trainBpe(textsOf(artifacts, corpus, "train"), options);
    const tokenizer = loadTokenizer(json);
    const stored = await artifacts.put(new TextEncoder().encode(json), "application/json");
    await trained(stored, tokenizer.vocabularySize);
    return {
      tokenizer,
      stored,
      endOfText: tokenizer.specialTokens.get(END_OF_TEXT) as number,
      endOfDocument: undefined,
    };
  } catch (error) {
    const isOfCharacters = error instanceof TooManyCharactersError;
    if (!isOfCharacters && !(error instanceof VocabularyTooLargeError)) throw error;
    const key = isOfCharacters ? "tokenizer.kind" : "tokenizer.vocabularySize";
    return { code: "vocabulary_too_large", message: `training a tokenizer: ${error.message} (${key})` };
  }
}

async function* textsAfter(first: string, others: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* others;
}
