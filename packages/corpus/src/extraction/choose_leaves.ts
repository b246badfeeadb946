import { FEATURES, leafFeatures } from "./leaf_features.ts";
import { LEAF_WEIGHTS } from "./leaf_weights.ts";
import type { PageType } from "./page_type.ts";
import type { LeafTree, TextLeaf } from "./text_leaves.ts";

/** Repeats of a text with at least this many words are dropped: the same teaser or menu, rendered twice. */
const REPEAT_WORDS = 3;

/**
 * Chooses the leaves that make up a page's content.
 *
 * A logistic model gives each leaf the probability of being content. The cut is not a fixed probability: leaves are taken
 * from the most probable on as long as that raises the expected word F1 of the whole choice, so that on a page where the
 * model is unsure of everything the likely half is still taken.
 * @see Lipton, Elkan and Naryanaswamy 2014, "Optimal thresholding of classifiers to maximize F1 measure".
 */
export function chooseLeaves(tree: LeafTree, type: PageType): Set<TextLeaf> {
  return chooseByProbability(tree.leaves, Array.from(leafFeatures(tree, type), contentProbability));
}

/**
 * Makes the choice of {@link chooseLeaves} from given probabilities.
 * @param probabilities One a leaf, in [0, 1].
 */
export function chooseByProbability(leaves: readonly TextLeaf[], probabilities: readonly number[]): Set<TextLeaf> {
  const fresh = firstOccurrences(leaves);
  const rated = leaves
    .map((leaf, at) => ({ leaf, probability: probabilities[at] ?? 0 }))
    .filter(({ leaf }) => fresh.has(leaf))
    .sort((a, b) => b.probability - a.probability);
  const expectedWords = rated.reduce((sum, { leaf, probability }) => sum + probability * leaf.words, 0);
  let takenWords = 0;
  let expectedHits = 0;
  let bestF1 = 0;
  let cut = 0;
  rated.forEach(({ leaf, probability }, at) => {
    takenWords += leaf.words;
    expectedHits += probability * leaf.words;
    const expectedF1 = (2 * expectedHits) / (takenWords + expectedWords);
    if (expectedF1 >= bestF1) {
      bestF1 = expectedF1;
      cut = at + 1;
    }
  });
  return new Set(rated.slice(0, cut).map(({ leaf }) => leaf));
}

function contentProbability(features: Float64Array): number {
  let logit = 0;
  FEATURES.forEach((name, at) => {
    logit += LEAF_WEIGHTS[name] * (features[at] ?? 0);
  });
  return 1 / (1 + Math.exp(-logit));
}

function firstOccurrences(leaves: readonly TextLeaf[]): Set<TextLeaf> {
  const seen = new Set<string>();
  const fresh = new Set<TextLeaf>();
  for (const leaf of leaves) {
    const key = leaf.text.toLowerCase();
    if (leaf.words < REPEAT_WORDS || !seen.has(key)) fresh.add(leaf);
    seen.add(key);
  }
  return fresh;
}
