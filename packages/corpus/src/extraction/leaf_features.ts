import type { PageType } from "./page_type.ts";
import { LONG_LEAF_WORDS } from "./text_leaves.ts";
import type { Container, LeafTree } from "./text_leaves.ts";

/** Names of the features, in the order of {@link leafFeatures}. */
export const FEATURES = [
  "bias",
  "logWords",
  "linkDensity",
  "veryShort",
  "long",
  "terminal",
  "heading",
  "h1",
  "listItem",
  "cell",
  "paragraph",
  "code",
  "inMain",
  "inArticle",
  "outsideMain",
  "outsideArticle",
  "contentClasses",
  "sideClasses",
  "commentClasses",
  "inForm",
  "inList",
  "framedByTag",
  "framedByClass",
  "prevLogWords",
  "nextLogWords",
  "prevLinkDensity",
  "nextLinkDensity",
  "windowText",
  "windowLinks",
  "position",
  "beforeH1",
  "afterLastLong",
  "beforeFirstLong",
  "inTop",
  "topShare",
  "containerLinks",
  "outerLinks",
  "containerWords",
  "repeated",
  "digits",
  "copyright",
  "pageLong",
  "pageLongOutside",
  "pageLongLinks",
  "linksRepeated",
  "shortOutside",
  "headingBeforeLong",
  "depth",
  "logDistance",
  "outerLong",
  "nearH1",
  "pageLinks",
  "shortRepeated",
  "inTopMain",
  "asideHeading",
  "inAsideSection",
  "afterAside",
  "action",
  "dateOnly",
  "rowWords",
  "rowLinks",
  "price",
  "forum",
  "forumComments",
  "forumSide",
  "product",
  "productSide",
  "productShort",
  "cards",
  "cardsLinks",
  "cardsRepeated",
  "cardsShort",
  "cardsLong",
] as const;

/** Name of one feature. */
export type FeatureName = (typeof FEATURES)[number];

const ASIDE_HEADING =
  /\b(?:related|recommended|you (?:may|might)|also (?:like|bought|viewed)|similar|more (?:from|in|on|stories|news|articles|posts)|popular|trending|latest|recent (?:posts|articles|comments)|most read|share|follow|newsletter|subscribe|sign up|stay|comments?|leave a|reviews?|about the author|references|further reading|quick links|customer|categories|tags|search|menu|navigation|contact us|get in touch|recently viewed|featured|suggested|top|explore|company|support|legal|resources|help)\b/i;
const ACTION =
  /^(?:(?:sign|log) ?(?:up|in)|subscribe|register|read more|learn more|see (?:more|all)|view (?:all|more|details)|show (?:more|less)|load more|add to (?:cart|bag|basket|wish ?list)|buy now|shop now|share|tweet|like|reply|report|quote|print|save|follow|edit|next|previous|prev|back|close|menu|search|home|skip to|by |posted|updated|published|filed under|tags?:|categor|\d+ (?:comments?|views?|likes?|replies|reviews?|shares?)|advertisement|sponsored|image|photo|click here|get started|contact us|download)\b/i;
const DATE_ONLY =
  /^(?:posted |updated |published |on )?(?:\w{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2} \w{3,9}\.? \d{4}|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d+ \w+ ago)\b.{0,20}$/i;

/** Computes one feature vector a leaf, shape (FEATURES), in their order. Values are of order 1. */
export function* leafFeatures({ leaves, containers }: LeafTree, type: PageType): Generator<Float64Array> {
  const total = leaves.length;
  const words = leaves.reduce((sum, leaf) => sum + leaf.words, 0);
  const isLong = leaves.map((leaf) => leaf.words >= LONG_LEAF_WORDS && leaf.linkDensity < 0.4);
  const longWords = leaves.reduce((sum, leaf, at) => sum + (isLong[at] === true ? leaf.words : 0), 0);
  const pageLong = words === 0 ? 0 : longWords / words;
  const pageLinks = words === 0 ? 0 : leaves.reduce((sum, leaf) => sum + leaf.words * leaf.linkDensity, 0) / words;
  const anyMain = leaves.some((leaf) => leaf.context.inMain);
  const anyArticle = leaves.some((leaf) => leaf.context.inArticle);
  const h1 = leaves.findIndex((leaf) => leaf.tag === "H1");
  const firstLong = isLong.indexOf(true);
  const lastLong = isLong.lastIndexOf(true);
  const top = topContainer(containers, longWords);
  const rows = new Map<string, { count: number; words: number; linkWords: number }>();
  for (const leaf of leaves) {
    const row = rows.get(leaf.signature) ?? { count: 0, words: 0, linkWords: 0 };
    row.count += 1;
    row.words += leaf.words;
    row.linkWords += leaf.words * leaf.linkDensity;
    rows.set(leaf.signature, row);
  }
  const forum = type === "forum" ? 1 : 0;
  const product = type === "product" ? 1 : 0;
  const cards = type === "collection" || type === "listing" ? 1 : 0;
  let inAside = 0;
  let afterAside = 0;
  let longBefore = 1000;
  const distances = isLong.map((long) => (longBefore = long ? 0 : longBefore + 1));
  let longAfter = 1000;
  for (let at = total - 1; at >= 0; at -= 1) {
    longAfter = isLong[at] === true ? 0 : longAfter + 1;
    distances[at] = Math.min(distances[at] ?? 0, longAfter);
  }

  for (const [at, leaf] of leaves.entries()) {
    const { context, tag, linkDensity } = leaf;
    const previous = leaves[at - 1];
    const next = leaves[at + 1];
    let windowText = 0;
    let windowLinks = 0;
    for (let other = Math.max(0, at - 3); other <= Math.min(total - 1, at + 3); other += 1) {
      const near = leaves[other];
      if (near === undefined) continue;
      windowText += near.words * (1 - near.linkDensity);
      windowLinks += near.words * near.linkDensity;
    }
    const heading = /^H[1-6]$/.test(tag) ? 1 : 0;
    const short = leaf.words <= 3 ? 1 : 0;
    const { container } = leaf;
    const outer = container?.outer;
    const third = outer?.outer;
    const inTop = top !== undefined && at >= top.from && at < top.to ? 1 : 0;
    const row = rows.get(leaf.signature) ?? { count: 1, words: leaf.words, linkWords: 0 };
    const repeated = Math.min(1, Math.log1p(row.count) / 4);
    const asideHeading = leaf.words <= 10 && (heading === 1 || short === 1) && ASIDE_HEADING.test(leaf.text) ? 1 : 0;
    if (heading === 1) {
      inAside = asideHeading;
      afterAside = Math.max(afterAside, asideHeading);
    }
    const sideClasses = Math.min(4, context.sideClasses) / 2;
    const values: Record<FeatureName, number> = {
      bias: 1,
      logWords: Math.log1p(leaf.words) / 3,
      linkDensity,
      veryShort: short,
      long: isLong[at] === true ? 1 : 0,
      terminal: /[.!?:;"”’)…。！？]$/.test(leaf.text) ? 1 : 0,
      heading,
      h1: tag === "H1" ? 1 : 0,
      listItem: tag === "LI" ? 1 : 0,
      cell: tag === "TD" || tag === "TH" || tag === "DT" || tag === "DD" ? 1 : 0,
      paragraph: tag === "P" ? 1 : 0,
      code: tag === "PRE" ? 1 : 0,
      inMain: context.inMain ? 1 : 0,
      inArticle: context.inArticle ? 1 : 0,
      outsideMain: anyMain && !context.inMain ? 1 : 0,
      outsideArticle: anyArticle && !context.inArticle ? 1 : 0,
      contentClasses: Math.min(4, context.contentClasses) / 2,
      sideClasses,
      commentClasses: Math.min(2, context.commentClasses),
      inForm: context.inForm ? 1 : 0,
      inList: context.inList ? 1 : 0,
      framedByTag: context.framedByTag ? 1 : 0,
      framedByClass: context.framedByClass ? 1 : 0,
      prevLogWords: Math.log1p(previous?.words ?? 0) / 3,
      nextLogWords: Math.log1p(next?.words ?? 0) / 3,
      prevLinkDensity: previous?.linkDensity ?? 0,
      nextLinkDensity: next?.linkDensity ?? 0,
      windowText: Math.log1p(windowText) / 4,
      windowLinks: windowLinks / (windowText + windowLinks + 1),
      position: at / Math.max(1, total),
      beforeH1: at < h1 ? 1 : 0,
      afterLastLong: at > lastLong ? 1 : 0,
      beforeFirstLong: at < firstLong ? 1 : 0,
      inTop,
      topShare: inTop * pageLong,
      containerLinks: linkShare(container),
      outerLinks: linkShare(third ?? outer),
      containerWords: Math.log1p(container?.words ?? 0) / 6,
      repeated,
      digits: Math.min(1, ((leaf.text.match(/\d/g)?.length ?? 0) / leaf.text.length) * 2),
      copyright: /©|all rights reserved|\bcookies?\b|privacy policy/i.test(leaf.text) ? 1 : 0,
      pageLong,
      pageLongOutside: pageLong * (1 - inTop),
      pageLongLinks: pageLong * linkDensity,
      linksRepeated: linkDensity * repeated,
      shortOutside: short * (1 - inTop),
      headingBeforeLong: heading * (isLong[at + 1] === true ? 1 : 0),
      depth: Math.min(30, context.depth) / 15,
      logDistance: Math.log1p(Math.min(100, distances[at] ?? 100)) / 3,
      outerLong: (third ?? outer ?? container)?.words
        ? ((third ?? outer ?? container)?.longWords ?? 0) / ((third ?? outer ?? container)?.words ?? 1)
        : 0,
      nearH1: h1 >= 0 ? Math.exp(-Math.abs(at - h1) / 10) : 0,
      pageLinks,
      shortRepeated: short * repeated,
      asideHeading,
      inAsideSection: inAside,
      afterAside,
      action: leaf.words <= 8 && ACTION.test(leaf.text) ? 1 : 0,
      dateOnly: leaf.words <= 8 && DATE_ONLY.test(leaf.text) ? 1 : 0,
      rowWords: Math.log1p(row.words / row.count) / 3,
      rowLinks: row.linkWords / row.words,
      price: leaf.words <= 8 && /[$€£¥₹]\s?\d/.test(leaf.text) ? 1 : 0,
      forum,
      forumComments: forum * Math.min(2, context.commentClasses),
      forumSide: forum * sideClasses,
      product,
      productSide: product * sideClasses,
      productShort: product * short,
      cards,
      cardsLinks: cards * linkDensity,
      cardsRepeated: cards * repeated,
      cardsShort: cards * short,
      cardsLong: cards * (isLong[at] === true ? 1 : 0),
      inTopMain: inTop * (context.inMain || context.inArticle ? 1 : 0),
    };
    yield Float64Array.from(FEATURES, (name) => values[name]);
  }
}

/** The smallest container with most of the page's running text; of equal ones the innermost, which stands first. */
function topContainer(containers: readonly Container[], longWords: number): Container | undefined {
  let top: Container | undefined;
  for (const container of containers) {
    if (container.longWords < longWords * 0.6 || longWords === 0) continue;
    if (top === undefined || container.words < top.words) top = container;
  }
  return top;
}

function linkShare(container: Container | undefined): number {
  return container === undefined || container.words === 0 ? 0 : container.linkWords / container.words;
}
