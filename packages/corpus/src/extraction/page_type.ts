import type { PageFacts } from "./page_facts.ts";
import { LONG_LEAF_WORDS } from "./text_leaves.ts";
import type { LeafTree, TextLeaf } from "./text_leaves.ts";

/** Kinds of page, which differ in what counts as their content. */
const PAGE_TYPES = ["article", "forum", "product", "collection", "listing", "documentation", "service"] as const;
export type PageType = (typeof PAGE_TYPES)[number];

interface Evidence {
  readonly type: PageType;
  readonly weight: number;
  readonly found: (facts: PageFacts, page: PageCounts) => boolean;
}

interface PageCounts {
  /** Share of the words that stand in running text outside links. */
  readonly longShare: number;
  readonly linkShare: number;
  readonly comments: number;
  readonly articles: number;
  readonly codeBlocks: number;
  readonly prices: number;
  readonly names: string;
}

const EVIDENCE: readonly Evidence[] = [
  schema("forum", 4, /^(?:DiscussionForumPosting|QAPage|Question)$/),
  schema("product", 3, /^(?:Product|ProductGroup|IndividualProduct)$/),
  schema("article", 3, /^(?:Article|NewsArticle|BlogPosting|Report|ScholarlyArticle|Recipe|TechArticle|HowTo)$/),
  schema("collection", 2, /^(?:ItemList|OfferCatalog)$/),
  schema("collection", 1, /^CollectionPage$/),
  schema("listing", 1, /^(?:CollectionPage|Blog|SearchResultsPage)$/),
  schema("service", 2, /^(?:Service|ProfessionalService|LocalBusiness|SoftwareApplication)$/),
  { type: "article", weight: 1, found: (facts) => facts.openGraphType === "article" },
  {
    type: "product",
    weight: 3,
    found: (facts) => /product/.test(facts.openGraphType) && !/group/.test(facts.openGraphType),
  },
  {
    type: "forum",
    weight: 4,
    found: (facts) => /discourse|phpbb|vbulletin|xenforo|invision|mybb|flarum|vanilla|lithium/.test(facts.generator),
  },
  {
    type: "documentation",
    weight: 4,
    found: (facts) =>
      /docusaurus|sphinx|mkdocs|gitbook|vuepress|vitepress|hugo book|docfx|mintlify|javadoc|jekyll docs/.test(
        facts.generator,
      ),
  },
  path(
    "forum",
    3,
    /\/(?:forums?|threads?|topics?|t|discussions?|questions|community|viewtopic\.php|showthread\.php|comments)(?:[/.]|$)/,
  ),
  path("product", 2, /\/(?:products?|p|dp|item|itm|shop|pd)\/[^/]+/),
  path("collection", 3, /\/(?:collections?|category|categories|c|shop|catalog|browse|plp|store)(?:\/[^/]*){0,3}\/?$/),
  path("listing", 2, /\/(?:blog|news|archive|archives|tags?|topics?|author|events|jobs|search|section|latest)\/?$/),
  path("listing", 2, /^\/$/),
  path(
    "documentation",
    3,
    /\/(?:docs?|documentation|reference|manual|api|guide|handbook|learn|tutorial|wiki|man)(?:\/|$)/,
  ),
  path("article", 1, /\/(?:blog|news|article|articles|posts?|story|20\d\d)\/[^/]+/),
  path(
    "service",
    2,
    /\/(?:services?|solutions?|pricing|features?|platform|about|about-us|practice-areas|treatments?)(?:\/|$)/,
  ),
  { type: "article", weight: 2, found: (_, page) => page.longShare > 0.6 },
  { type: "forum", weight: 2, found: (_, page) => page.comments > 0.3 },
  {
    type: "forum",
    weight: 2,
    found: (_, page) =>
      /\b(?:forum|topic-post|message-body|postbody|js-post|post-message|threadauthor)/i.test(page.names),
  },
  {
    type: "product",
    weight: 2,
    found: (_, page) =>
      /\b(?:add-to-cart|addtocart|product-form|product-single|product__|product-detail|pdp)/i.test(page.names) &&
      page.prices < 12,
  },
  { type: "collection", weight: 2, found: (_, page) => page.prices >= 12 },
  {
    type: "collection",
    weight: 2,
    found: (_, page) =>
      /\b(?:product-grid|products-grid|product-list|plp|collection-grid|product-tile|product-card|facet)/i.test(
        page.names,
      ),
  },
  { type: "listing", weight: 2, found: (_, page) => page.articles >= 5 && page.longShare < 0.6 },
  { type: "listing", weight: 1, found: (_, page) => page.linkShare > 0.45 },
  { type: "documentation", weight: 2, found: (_, page) => page.codeBlocks >= 3 },
  { type: "service", weight: 1, found: (facts, page) => page.longShare <= 0.6 && facts.openGraphType === "website" },
];

/** Guesses what kind of page this is from what it says about itself and from how its text is spread. */
export function pageType(facts: PageFacts, tree: LeafTree): PageType {
  const page = countPage(tree);
  const scores = new Map<PageType, number>(PAGE_TYPES.map((type) => [type, 0]));
  for (const { type, weight, found } of EVIDENCE) {
    if (found(facts, page)) scores.set(type, (scores.get(type) ?? 0) + weight);
  }
  return PAGE_TYPES.reduce((best, type) => ((scores.get(type) ?? 0) > (scores.get(best) ?? 0) ? type : best));
}

function countPage({ leaves, containers }: LeafTree): PageCounts {
  const words = Math.max(
    1,
    sum(leaves, (leaf) => leaf.words),
  );
  return {
    longShare:
      sum(leaves, (leaf) => (leaf.words >= LONG_LEAF_WORDS && leaf.linkDensity < 0.4 ? leaf.words : 0)) / words,
    linkShare: sum(leaves, (leaf) => leaf.words * leaf.linkDensity) / words,
    comments: sum(leaves, (leaf) => (leaf.context.commentClasses > 0 ? leaf.words : 0)) / words,
    articles: containers.filter(({ tag }) => tag === "ARTICLE").length,
    codeBlocks: sum(leaves, (leaf) => (leaf.tag === "PRE" ? 1 : 0)),
    prices: sum(leaves, (leaf) => (leaf.words <= 8 && /[$€£¥₹]\s?\d/.test(leaf.text) ? 1 : 0)),
    names: [...new Set(leaves.map((leaf) => leaf.signature))].join(" ").slice(0, 100_000),
  };
}

function sum(leaves: readonly TextLeaf[], value: (leaf: TextLeaf) => number): number {
  return leaves.reduce((total, leaf) => total + value(leaf), 0);
}

function schema(type: PageType, weight: number, name: RegExp): Evidence {
  return { type, weight, found: (facts) => facts.schemaTypes.some((schemaType) => name.test(schemaType)) };
}

function path(type: PageType, weight: number, pattern: RegExp): Evidence {
  return { type, weight, found: (facts) => pattern.test(facts.path) };
}
