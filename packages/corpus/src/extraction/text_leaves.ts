import { frameKind, softKind } from "./boilerplate.ts";
import type { PageIndex } from "./page_index.ts";

/**
 * The leaves of a page: the smallest block elements with text of their own, in reading order, each with what its place in
 * the tree says about it. They are what is kept or dropped.
 */
export interface TextLeaf {
  readonly element: Element;
  readonly tag: string;
  readonly text: string;
  readonly words: number;
  /** Share of the text's characters inside links, in [0, 1]. */
  readonly linkDensity: number;
  readonly context: LeafContext;
  /** The block around the leaf. */
  readonly container: Container | undefined;
  /** Parent's and own tag and beginning of the class: leaves which share it are rows of one list. */
  readonly signature: string;
}

/** What the elements around a leaf say. */
export interface LeafContext {
  readonly inMain: boolean;
  readonly inArticle: boolean;
  readonly inForm: boolean;
  readonly inList: boolean;
  readonly framedByTag: boolean;
  readonly framedByClass: boolean;
  readonly contentClasses: number;
  readonly sideClasses: number;
  readonly commentClasses: number;
  readonly depth: number;
}

/** Sums over the text in a block. */
export interface Container {
  readonly tag: string;
  readonly outer: Container | undefined;
  words: number;
  linkWords: number;
  longWords: number;
  /** Its leaves, as a half-open range of the page's. */
  readonly from: number;
  to: number;
}

/** The leaves of a page, and the blocks around them, inner ones first. */
export interface LeafTree {
  readonly leaves: readonly TextLeaf[];
  readonly containers: readonly Container[];
}

const TEXT = 3;
const ELEMENT = 1;
const START: LeafContext = {
  inMain: false,
  inArticle: false,
  inForm: false,
  inList: false,
  framedByTag: false,
  framedByClass: false,
  contentClasses: 0,
  sideClasses: 0,
  commentClasses: 0,
  depth: 0,
};

/** Words from which a leaf counts as running text. */
export const LONG_LEAF_WORDS = 15;

/** Units of a class that tell rows apart; it stands in the signature of every leaf below it. */
const CLASS_LENGTH = 500;

/** Collects the leaves below an element, without what is never text or hidden. */
export function textLeaves(root: Element, index: PageIndex): LeafTree {
  const leaves: TextLeaf[] = [];
  const containers: Container[] = [];

  function walk(element: Element, outerContext: LeafContext, outer: Container | undefined): void {
    const context = innerContext(element, outerContext, index);
    const tag = element.tagName;
    // A leaf has text or links of its own and no block inside.
    if (tag === "PRE" || !index.holdsBlock(element)) {
      const leaf = makeLeaf(element, context, outer, index);
      if (leaf === undefined) return;
      leaves.push(leaf);
      if (outer === undefined) return;
      const { words, linkDensity } = leaf;
      const isLong = words >= LONG_LEAF_WORDS && linkDensity < 0.4;
      add(outer, { words, linkWords: words * linkDensity, longWords: isLong ? words : 0 });
      return;
    }
    const from = leaves.length;
    const container: Container = { tag, outer, words: 0, linkWords: 0, longWords: 0, from, to: from };
    for (const child of element.children) if (!index.isUnread(child)) walk(child, context, container);
    container.to = leaves.length;
    if (container.to === from) return;
    containers.push(container);
    if (outer !== undefined) add(outer, container);
  }

  walk(root, START, undefined);
  return { leaves, containers };
}

function add(outer: Container, inner: Pick<Container, "words" | "linkWords" | "longWords">): void {
  outer.words += inner.words;
  outer.linkWords += inner.linkWords;
  outer.longWords += inner.longWords;
}

function makeLeaf(
  element: Element,
  context: LeafContext,
  container: Container | undefined,
  index: PageIndex,
): TextLeaf | undefined {
  const parts = { text: "", linkLength: 0 };
  collect(element, element.tagName === "A", parts, index);
  const text = parts.text.replace(/\s+/g, " ").trim();
  if (text === "") return undefined;
  const words = text.split(" ").length;
  const linkDensity = Math.min(1, parts.linkLength / Math.max(1, text.length));
  const signature = `${nameOf(element.parentElement)}>${nameOf(element)}`;
  return { element, tag: element.tagName, text, words, linkDensity, context, container, signature };
}

function nameOf(element: Element | null): string {
  return `${element?.tagName}.${(element?.getAttribute("class") ?? "").slice(0, CLASS_LENGTH)}`;
}

function collect(
  element: Element,
  inLink: boolean,
  parts: { text: string; linkLength: number },
  index: PageIndex,
): void {
  for (let node = element.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === TEXT) {
      const text = node.nodeValue ?? "";
      parts.text += text;
      if (inLink) parts.linkLength += text.trim().length;
    } else if (node.nodeType === ELEMENT && !index.isUnread(node as Element)) {
      const child = node as Element;
      if (child.tagName === "BR") parts.text += " ";
      else collect(child, inLink || child.tagName === "A", parts, index);
    }
  }
}

function innerContext(element: Element, outer: LeafContext, index: PageIndex): LeafContext {
  const tag = element.tagName;
  const frame = frameKind(element, index.holdsTitle(element));
  const soft = softKind(element);
  return {
    inMain: outer.inMain || tag === "MAIN" || element.getAttribute("role") === "main",
    inArticle: outer.inArticle || tag === "ARTICLE",
    inForm: outer.inForm || tag === "FORM",
    inList: outer.inList || tag === "UL" || tag === "OL",
    framedByTag: outer.framedByTag || frame === "tag",
    framedByClass: outer.framedByClass || frame === "class",
    contentClasses: outer.contentClasses + (soft.content ? 1 : 0),
    sideClasses: outer.sideClasses + (soft.side ? 1 : 0),
    commentClasses: outer.commentClasses + (soft.comment ? 1 : 0),
    depth: outer.depth + 1,
  };
}
