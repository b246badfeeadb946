/**
 * Verbatim spans of an answer, found without an index: the answer is made into a filter, the training tokens run through it once, and only
 * what passes is looked at closely. docs/decisions/0012-verbatim-spans-by-scanning.md has the reasons and the figures.
 */
import type { Artifacts } from "@millrace/artifacts";
import type { TokenManifest } from "@millrace/contracts";
import { gramFilter, LEAST_TOKENS } from "./gram_filter.ts";
import { matchingSpans } from "./matching_spans.ts";
import { tokenIds } from "./token_ids.ts";

/** Where a span stands: number of the training shard in the manifest, and its first token there. */
export interface TokenPlace {
  readonly shard: number;
  readonly at: number;
}

/** A stretch of the answer, of tokens, half open. */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
  readonly occurrences: number;
  /** The first hundred at most, in the order of the corpus. */
  readonly places: readonly TokenPlace[];
}

/**
 * Looks for an answer in the training part of a corpus. Reads each token shard once and holds one of them in memory.
 * @param answer Token ids; one that ends a document matches nothing, so no span reaches from one document into another.
 * @param leastTokens Of a span, `LEAST_TOKENS` or more.
 * @throws {ArtifactNotFoundError} If a shard is no longer there.
 */
export async function findSpans(
  artifacts: Artifacts,
  manifest: Pick<TokenManifest, "train" | "dtype" | "endOfText">,
  answer: Int32Array,
  signal: AbortSignal,
  leastTokens: number = LEAST_TOKENS,
): Promise<TokenSpan[]> {
  const looked = answer.map((id) => (id === manifest.endOfText ? -1 : id));
  const filter = gramFilter(looked);
  const texts: (Uint16Array | Uint32Array)[] = [];
  const origins: TokenPlace[] = [];
  for (const [shard, { tokens }] of manifest.train.entries()) {
    signal.throwIfAborted();
    const ids = tokenIds(await artifacts.bytes(tokens.sha256), manifest.dtype);
    for (const { from, to } of filter(ids)) {
      if (to - from < leastTokens) continue;
      texts.push(ids.slice(from, to));
      origins.push({ shard, at: from });
    }
    // The loop answers others between two shards.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return matchingSpans(looked, texts, leastTokens).map(({ places, ...span }) => ({
    ...span,
    places: places.flatMap(({ text, at }) => {
      const origin = origins[text];
      return origin === undefined ? [] : [{ shard: origin.shard, at: origin.at + at }];
    }),
  }));
}
