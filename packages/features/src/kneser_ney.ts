/**
 * An n-gram language model with interpolated, modified Kneser-Ney smoothing: the counting baseline beside every trained
 * model, on the same tokens.
 *
 *     p_k(w | h) = max(c(hw) - D_k(c(hw)), 0) / c(h) + gamma(h) p_k-1(w | h'),   h' = h without its first token
 *     gamma(h)   = sum over w of D_k(c(hw)) / c(h)                                p_0 = 1 / V
 *
 * c counts occurrences at the highest order; below it, the distinct tokens that precede. Documents are padded with
 * order - 1 BOS tokens, which are given and never predicted. Probabilities of all V tokens sum to 1 after any history.
 *
 * @see Kneser and Ney 1995; Chen and Goodman 1998 for interpolation and the three discounts.
 */
import { type Discounts, estimateDiscounts } from "./discounts.ts";
import { type Followers, followersOf } from "./followers.ts";
import { likeliestTokens } from "./likeliest_tokens.ts";
import { createNgramTrie, type NgramTrie } from "./ngram_trie.ts";

/** A trained n-gram model. */
export interface KneserNey {
  readonly order: number;
  /** Distinct n-grams of all orders. */
  readonly ngrams: number;
  /** Memory held: 32 to 48 bytes an n-gram, and 8 more from the first `probabilitiesAfter` on; without the 12 of `hitsOf`. */
  readonly sizeBytes: number;
  /**
   * Negative log-likelihood of a document, in nats, its first token given BOS.
   * @param isCounted Says by its place whether a token's share is summed; default: all are.
   * @throws {RangeError} If a token is outside the vocabulary.
   */
  natsOf(document: ArrayLike<number>, isCounted?: (place: number) => boolean): number;
  /**
   * Tokens of a document that were the likeliest ones where they stand. What is likeliest after a history is found once.
   * @param isCounted As of `natsOf`.
   * @throws {RangeError} If a token is outside the vocabulary.
   */
  hitsOf(document: ArrayLike<number>, isCounted?: (place: number) => boolean): number;
  /**
   * Probability of each token after the beginning of a document, shape (V,); they sum to 1.
   * @throws {RangeError} If one of its last tokens is outside the vocabulary.
   */
  probabilitiesAfter(beginning: readonly number[]): Float64Array;
}

export interface KneserNeyOptions {
  /** Number of tokens V; every one of them has a probability. */
  readonly vocabularySize: number;
  /** Token that pads the beginning of documents. */
  readonly bos: number;
  /** Length of the longest n-gram, default 5. */
  readonly order?: number;
  /** Stops training; it is looked at every few milliseconds. */
  readonly signal?: AbortSignal;
}

const everywhere = (_place: number): boolean => true;
const TOKENS_BETWEEN_PAUSES = 1 << 15;
const ROOT = 0;

function enlarged(counts: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(counts.subarray(0, length));
  return larger;
}

function checkToken(token: number | undefined, vocabularySize: number): number {
  if (token === undefined || !Number.isInteger(token) || token < 0 || token >= vocabularySize) {
    throw new RangeError(`Cannot count token ${token}: expected an id from 0 to ${vocabularySize - 1}`);
  }
  return token;
}

/** Nodes of BOS repeated 0 to order - 1 times: the histories before the first token. */
function paddingNodes(trie: NgramTrie, bos: number, order: number): number[] {
  const nodes = [ROOT];
  while (nodes.length < order) nodes.push(trie.findOrAdd(nodes.at(-1) ?? ROOT, bos));
  return nodes;
}

/** Discounts of every order, and gamma(h) and c(h) of every history. */
function summarise(trie: NgramTrie, counts: Int32Array, order: number): Summary {
  const size = trie.size;
  const orders = new Uint8Array(size);
  const countsOfCounts = Array.from({ length: order + 1 }, (): [number, number, number, number] => [0, 0, 0, 0]);
  for (let node = 1; node < size; node++) {
    const depth = (orders[trie.parentOf(node)] ?? 0) + 1;
    orders[node] = depth;
    const row = countsOfCounts[depth];
    const index = (counts[node] ?? 0) - 1;
    if (row !== undefined && index >= 0 && index < 4) row[index] = (row[index] ?? 0) + 1;
  }
  const discounts = countsOfCounts.map(estimateDiscounts);
  const totals = new Float64Array(size);
  const gammas = new Float64Array(size);
  for (let node = 1; node < size; node++) {
    const count = counts[node] ?? 0;
    const history = trie.parentOf(node);
    totals[history] = (totals[history] ?? 0) + count;
    gammas[history] = (gammas[history] ?? 0) + discountOf(discounts[orders[node] ?? 0], count);
  }
  for (let node = 0; node < size; node++) {
    const total = totals[node] ?? 0;
    if (total > 0) gammas[node] = (gammas[node] ?? 0) / total;
  }
  return { discounts, totals, gammas };
}

interface Summary {
  readonly discounts: readonly Discounts[];
  readonly totals: Float64Array;
  readonly gammas: Float64Array;
}

function discountOf(discounts: Discounts | undefined, count: number): number {
  return discounts?.[Math.min(count, 3)] ?? 0;
}

/**
 * Trains on documents of token ids. About a microsecond or two a token, with pauses for the event loop.
 * @throws {RangeError} If an option or a token is out of range.
 */
export async function trainKneserNey(
  documents: Iterable<ArrayLike<number>> | AsyncIterable<ArrayLike<number>>,
  { vocabularySize, bos, order = 5, signal }: KneserNeyOptions,
): Promise<KneserNey> {
  if (!Number.isInteger(order) || order < 1 || order > 8) {
    throw new RangeError(`order: expected an integer from 1 to 8, found ${order}`);
  }
  checkToken(bos, vocabularySize);
  const trie = createNgramTrie();
  const padding = paddingNodes(trie, bos, order);
  let counts = new Int32Array(1024);
  let sincePause = 0;
  for await (const document of documents) {
    // histories[k] is the node of the k tokens before the present one; ending[k] that of the k tokens up to it.
    let histories = padding;
    for (let i = 0; i < document.length; i++) {
      const token = checkToken(document[i], vocabularySize);
      const ending = [ROOT];
      for (let k = 1; k <= order; k++) ending.push(trie.findOrAdd(histories[k - 1] ?? ROOT, token));
      if (trie.size > counts.length) counts = enlarged(counts, 2 * trie.size);
      // From the longest down: an n-gram seen for the first time is one more token that precedes its suffix.
      for (let k = order; k >= 1; k--) {
        const node = ending[k] ?? ROOT;
        const count = counts[node] ?? 0;
        counts[node] = count + 1;
        if (count > 0) break;
      }
      histories = ending;
      if (++sincePause < TOKENS_BETWEEN_PAUSES) continue;
      sincePause = 0;
      signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
  counts = enlarged(counts, trie.size);
  const { discounts, totals, gammas } = summarise(trie, counts, order);

  /** Probability of a token by as many histories as have a say, node k that of the k tokens before it. */
  function probabilityOf(histories: readonly number[], token: number): number {
    let probability = 1 / vocabularySize;
    for (const [k, history] of histories.entries()) {
      const node = trie.find(history, token);
      const count = node < 0 ? 0 : (counts[node] ?? 0);
      const seen = (count - discountOf(discounts[k + 1], count)) / (totals[history] ?? 1);
      probability = seen + (gammas[history] ?? 0) * probability;
    }
    return probability;
  }

  /** Each token of a document with the histories that have a say. */
  function* placesOf(
    document: ArrayLike<number>,
    isCounted: (place: number) => boolean,
  ): Generator<{ token: number; histories: readonly number[] }> {
    let histories: readonly number[] = padding;
    for (let i = 0; i < document.length; i++) {
      const token = checkToken(document[i], vocabularySize);
      const heard = heardOf(histories);
      if (isCounted(i)) yield { token, histories: heard };
      histories = endingWith(heard, token);
    }
  }

  /** An unseen history has no say, and no longer one can have been seen. */
  function heardOf(histories: readonly number[]): readonly number[] {
    const unseen = histories.findIndex((history) => (totals[history] ?? 0) === 0);
    return unseen < 0 ? histories : histories.slice(0, unseen);
  }

  /** Histories of the token after this one. */
  function endingWith(heard: readonly number[], token: number): number[] {
    const ending = [ROOT];
    for (const history of heard) {
      const node = trie.find(history, token);
      if (node < 0 || ending.length === order) break;
      ending.push(node);
    }
    return ending;
  }

  function natsOf(document: ArrayLike<number>, isCounted = everywhere): number {
    let nats = 0;
    for (const { token, histories } of placesOf(document, isCounted)) nats -= Math.log(probabilityOf(histories, token));
    return nats;
  }

  let likeliest: ReturnType<typeof likeliestTokens> | undefined;
  function hitsOf(document: ArrayLike<number>, isCounted = everywhere): number {
    likeliest ??= likeliestTokens(trie, probabilityOf);
    let hits = 0;
    for (const { token, histories } of placesOf(document, isCounted)) if (likeliest(histories) === token) hits += 1;
    return hits;
  }

  let followed: Followers | undefined;
  function probabilitiesAfter(beginning: readonly number[]): Float64Array {
    const { starts, followers } = (followed ??= followersOf(trie));
    const last = beginning.slice(Math.max(0, beginning.length - order + 1));
    // What stands further back has no say; only where nothing does are those given tokens before the first.
    let histories: readonly number[] = last.length === beginning.length ? padding : [ROOT];
    for (const token of last) histories = endingWith(heardOf(histories), checkToken(token, vocabularySize));
    const probabilities = new Float64Array(vocabularySize).fill(1 / vocabularySize);
    for (const [k, history] of heardOf(histories).entries()) {
      const [gamma, total] = [gammas[history] ?? 0, totals[history] ?? 1];
      for (let token = 0; token < vocabularySize; token++) probabilities[token]! *= gamma;
      for (let at = starts[history] ?? 0; at < (starts[history + 1] ?? 0); at++) {
        const node = followers[at] ?? ROOT;
        const count = counts[node] ?? 0;
        probabilities[trie.tokenOf(node)]! += (count - discountOf(discounts[k + 1], count)) / total;
      }
    }
    return probabilities;
  }

  const counted = trie.sizeBytes() + counts.byteLength + totals.byteLength + gammas.byteLength;
  return {
    order,
    ngrams: trie.size - 1,
    get sizeBytes() {
      return counted + (followed ? followed.starts.byteLength + followed.followers.byteLength : 0);
    },
    natsOf,
    hitsOf,
    probabilitiesAfter,
  };
}
