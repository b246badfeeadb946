/** Corpus in, token shards out: trains the tokenizer on the training documents and encodes all of them. */
import type { Artifacts } from "@millrace/artifacts";
import {
  type ArtifactRef,
  type BaseModel,
  type CorpusManifest,
  planTraining,
  type Recipe,
  type RefusedConversations,
  type StageFailure,
  type TokenManifest,
  type TrainingPlan,
} from "@millrace/contracts";
import { type CorpusProfile, mergeProfiles, passageOf, profileOf } from "@millrace/features";
import { CHATML_TEXT, CHATML_TOKENS, ChatTemplateError, type RenderChat } from "@millrace/chat";
import { conversationWriter, messagesOf, refusalOf, templateFailure, writtenWith } from "./conversations.ts";
import { documentsOf } from "./corpus_documents.ts";
import { END_OF_TEXT, tokenizerOf, trainTokenizer } from "./corpus_tokenizer.ts";
import { refusedWriter } from "./refused_conversations.ts";
import { tokenShardWriter } from "./token_shard.ts";

export interface Tokenized {
  readonly manifest: TokenManifest;
  readonly tokenizer: ArtifactRef;
  /** Conversations that the chat template refused. Absent where there are none. */
  readonly refused?: RefusedConversations;
}

export interface TokenizeHooks {
  /** After the tokenizer is stored. */
  readonly trained: (tokenizer: ArtifactRef, vocabularySize: number) => Promise<void>;
  /** After each document. */
  readonly encoded: (documents: number, of: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Tokenizes a corpus. Equal corpora and recipes give equal artifacts.
 * @param artifacts Source of the corpus and target of the shards.
 * @param corpus The manifest.
 * @param recipe Says the vocabulary, or leaves it to the corpus: to its size, or less where repetitive text supports less.
 * @param base The model whose tokenizer is used; undefined where one is trained.
 * @param render Renders the conversations of the corpus.
 */
export async function tokenizeCorpus(
  artifacts: Artifacts,
  corpus: CorpusManifest,
  recipe: Recipe,
  base: BaseModel | undefined,
  render: RenderChat,
  hooks: TokenizeHooks,
): Promise<Tokenized | StageFailure> {
  const hasConversations = (corpus.report.conversations ?? 0) > 0;
  const plan = plannedFor(recipe, corpus, base);
  if ("code" in plan) return plan;
  const prepared = base
    ? await tokenizerOf(base, artifacts)
    : await trainTokenizer(artifacts, corpus, hooks, {
        kind: recipe.tokenizer.kind,
        vocabularySize: plan.vocabularySize,
        specialTokens: [END_OF_TEXT, ...(hasConversations ? CHATML_TOKENS : [])],
        written: hasConversations ? CHATML_TEXT : "",
        orFewer: recipe.tokenizer.vocabularySize === undefined,
        signal: hooks.signal,
      });
  if ("code" in prepared) return prepared;
  const { tokenizer, stored, endOfText, endOfDocument } = prepared;
  const chat = hasConversations ? await conversationWriter(artifacts, base, tokenizer, render) : undefined;
  if (chat !== undefined && "code" in chat) return chat;
  const [conversations, answerTokens] = [
    { train: 0, validation: 0 },
    { train: 0, validation: 0 },
  ];
  const dtype = tokenizer.vocabularySize <= 65_536 ? "uint16" : "uint32";
  const shards = { train: [], validation: [] } as { [Split in "train" | "validation"]: TokenManifest["train"] };
  const [tokens, bytes] = [
    { train: 0, validation: 0 },
    { train: 0, validation: 0 },
  ];
  const refused = refusedWriter();
  let firstConversation: string | undefined;
  let profile: CorpusProfile | undefined;
  let documents = 0;
  for (const [number, shard] of corpus.shards.entries()) {
    const writers = {
      train: tokenShardWriter(number, endOfText, dtype, hasConversations, endOfDocument),
      validation: tokenShardWriter(number, endOfText, dtype, hasConversations, endOfDocument),
    };
    for await (const document of documentsOf(artifacts, shard)) {
      hooks.signal.throwIfAborted();
      const { split, turns } = document;
      let ids: Int32Array;
      if (chat !== undefined && turns !== undefined) {
        const messages = messagesOf(document.text, turns);
        const encoded = await chat.encode(messages).catch((error: unknown) => {
          // Where all is ended, the process that renders may be so before the job hears of it.
          hooks.signal.throwIfAborted();
          return refusalOf(error) ?? templateFailure(error, document.source);
        });
        if ("code" in encoded) return encoded;
        if ("refusal" in encoded) {
          refused.add(document, encoded.refusal, messages);
          await hooks.encoded(++documents, corpus.report.kept);
          continue;
        }
        ids = encoded.tokens;
        writers[split].addConversation(document, ids, encoded.answers);
        conversations[split] += 1;
        firstConversation ??= document.source;
        answerTokens[split] += encoded.answers.reduce((sum, [from, to]) => sum + to - from, 0);
      } else {
        // Documents may say anything: what looks like a special token in them is plain text.
        ids = tokenizer.encodeOrdinary(document.text);
        writers[split].add(document, ids);
      }
      const text = passageOf(document.text);
      const passage = text === undefined ? undefined : { text, tokens: tokenizer.encodeOrdinary(text) };
      const own = profileOf({ text: document.text, language: document.language, tokens: ids, passage });
      profile = profile ? mergeProfiles([profile, own]) : own;
      tokens[split] += 1 + ids.length + (endOfDocument === undefined || turns !== undefined ? 0 : 1);
      bytes[split] += own.bytes;
      await hooks.encoded(++documents, corpus.report.kept);
    }
    for (const split of ["train", "validation"] as const) {
      const made = await writers[split].store(artifacts);
      if (made) shards[split].push(made);
    }
  }
  const told = refused.told();
  const [first] = told?.first ?? [];
  if (first && conversations.train + conversations.validation === 0) {
    return templateFailure(new ChatTemplateError("messages", first.reason), `${first.source}, and with all others`);
  }
  if (hasConversations && (conversations.train === 0 || conversations.validation === 0)) {
    return { code: "too_few_conversations", message: tooFewConversations(conversations, documents, firstConversation) };
  }
  const small = hasConversations ? undefined : tooSmall(tokens, plan.model.contextLength);
  if (small || !profile)
    return { code: "corpus_too_small", message: small ?? "tokenizing: the corpus has no documents" };
  const left = await refused.store(artifacts);
  const manifest: TokenManifest = {
    version: 1,
    corpusHash: corpus.corpusHash,
    tokenizer: stored,
    vocabularySize: tokenizer.vocabularySize,
    endOfText,
    ...(endOfDocument !== undefined && { endOfDocument }),
    dtype,
    ...shards,
    tokens,
    bytes,
    profile: await artifacts.put(new TextEncoder().encode(JSON.stringify(profile)), "application/json"),
    ...(chat && { chat: { ...writtenWith(chat), conversations, answerTokens, ...(left && { refused: left }) } }),
  };
  return { manifest, tokenizer: stored, ...(told && { refused: told }) };
}

/** What will be trained; a failure where that cannot be for a corpus of this size, or beside this base model. */
function plannedFor(recipe: Recipe, corpus: CorpusManifest, base: BaseModel | undefined): TrainingPlan | StageFailure {
  try {
    return planTraining(recipe, corpus.report.bytes.kept, base);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { code: "invalid_model", message: `tokenizing: ${error.message}` };
  }
}

function tooFewConversations(found: { train: number; validation: number }, read: number, first?: string): string {
  const place = first === undefined ? "" : `, the first in ${first}`;
  return (
    `tokenizing: found ${found.train} training and ${found.validation} validation conversations among ${read} documents${place}; ` +
    "wanted at least one of each where there are any"
  );
}

function tooSmall(tokens: { train: number; validation: number }, contextLength: number): string | undefined {
  // A training window needs one token more than the context: each position predicts the next.
  const wanted = { train: contextLength + 1, validation: 2 };
  for (const split of ["train", "validation"] as const) {
    if (tokens[split] >= wanted[split]) continue;
    return (
      `tokenizing: found ${tokens[split]} ${split} tokens, wanted at least ${wanted[split]} ` +
      `for a context of ${contextLength}; give more documents or lower model.contextLength`
    );
  }
  return undefined;
}
