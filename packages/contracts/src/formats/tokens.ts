/** Files of a tokenized corpus. */
import { z } from "zod";
import { ArtifactRef, Sha256 } from "../artifact.ts";
import { ChatTemplate } from "./model.ts";

const count = z.number().int().nonnegative();

/** What each token is, where a corpus has conversations. */
export const TOKEN_MARKS = {
  /** Read, and not predicted: what a user says. */
  read: 0,
  /** Predicted: what a document or an answer says. */
  predicted: 1,
  /** The token before a document. */
  document: 2,
  /** The first token of a conversation. */
  conversation: 3,
  /** The token before a conversation, which belongs to none. */
  between: 4,
} as const;

const Shard = z.strictObject({
  tokens: ArtifactRef,
  count,
  index: ArtifactRef,
  /** A byte a token, one of `TOKEN_MARKS`. Of corpora with conversations alone. */
  marks: ArtifactRef.optional(),
});

/**
 * The first conversations that a chat template refused, with how many there are. A reason is told in the template's words where they
 * share no whole message and no 16 characters with one.
 */
export const RefusedConversations = z.strictObject({
  count,
  first: z.array(z.strictObject({ source: z.string(), reason: z.string() })).max(20),
});
export type RefusedConversations = z.infer<typeof RefusedConversations>;

/** One line of the artifact that names them all. */
export const RefusedLine = z.strictObject({ id: z.string() });
export type RefusedLine = z.infer<typeof RefusedLine>;

/**
 * Token shards are raw little-endian token ids, `uint16` up to 65,536 tokens of vocabulary, else `uint32`. Each document is preceded
 * by the end-of-text token, which also serves as the beginning-of-text token.
 */
export const TokenManifest = z.strictObject({
  version: z.literal(1),
  corpusHash: Sha256,
  tokenizer: ArtifactRef,
  vocabularySize: count,
  endOfText: count,
  /** Token after each document, where it is another one than that before it: of base models that know two. */
  endOfDocument: count.optional(),
  dtype: z.enum(["uint16", "uint32"]),
  train: z.array(Shard),
  validation: z.array(Shard),
  tokens: z.strictObject({ train: count, validation: count }),
  bytes: z.strictObject({ train: count, validation: count }),
  profile: ArtifactRef,
  /** How its conversations are written, and how many there are. Absent: it has none. */
  chat: z
    .strictObject({
      template: ChatTemplate,
      /** Whether it is the base model's own; else it is ChatML. */
      isBases: z.boolean(),
      conversations: z.strictObject({ train: count, validation: count }),
      /** Tokens that answers are made of. */
      answerTokens: z.strictObject({ train: count, validation: count }),
      /** Conversations that the template refused: they have no tokens. `ids` has a RefusedLine of each. Absent where there are none. */
      refused: z.strictObject({ count: count.min(1), ids: ArtifactRef }).optional(),
    })
    .optional(),
});
export type TokenManifest = z.infer<typeof TokenManifest>;

/** One line of a document index, sorted by id compared as bytes: where a document lies. Found by binary search. */
export const DocumentIndexLine = z.strictObject({
  id: z.string(),
  source: z.string(),
  shard: count,
  /** Byte range of the document's line in the corpus shard, or token range in the token shard (half open). */
  from: count,
  to: count,
});
export type DocumentIndexLine = z.infer<typeof DocumentIndexLine>;
