import { frameKind, isHidden, isNeverText, softKind } from "./boilerplate.ts";

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
  /** Blocks around the leaf, nearest first, up to three. */
  readonly containers: readonly Container[];
  /** Parent's and own tag and class: leaves which share it are rows of one list. */
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
  readonly element: Element;
  words: number;
  linkWords: number;
  longWords: number;
}

const INLINE = new Set(
  (
    "A ABBR ACRONYM B BDI BDO BIG BR CITE CODE DATA DEL DFN EM FONT I IMG INS KBD LABEL MARK PICTURE Q RUBY S SAMP SMALL " +
    "SPAN STRIKE STRONG SUB SUP TIME TT U VAR WBR"
  ).split(" "),
);
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

/** Collects the leaves below an element, without what is never text or hidden. */
export function textLeaves(root: Element, skip: (element: Element) => boolean): TextLeaf[] {
  const leaves: TextLeaf[] = [];
  walk(root, START, [], leaves, skip);
  return leaves;
}

/** Tells elements without readable or visible text. */
export function isUnread(element: Element): boolean {
  return isNeverText(element) || isHidden(element);
}

function walk(
  element: Element,
  outer: LeafContext,
  outerContainers: readonly Container[],
  leaves: TextLeaf[],
  skip: (element: Element) => boolean,
): void {
  const context = innerContext(element, outer);
  const tag = element.tagName;
  if (tag === "PRE" || isLeaf(element, skip)) {
    const leaf = makeLeaf(element, context, outerContainers, skip);
    if (leaf !== undefined) leaves.push(leaf);
    return;
  }
  const container: Container = { element, words: 0, linkWords: 0, longWords: 0 };
  const containers = [container, ...outerContainers];
  for (const child of element.children) if (!skip(child)) walk(child, context, containers, leaves, skip);
}

/** A leaf has text or links of its own and no block inside. */
function isLeaf(element: Element, skip: (element: Element) => boolean): boolean {
  return !hasBlock(element, skip);
}

function hasBlock(element: Element, skip: (element: Element) => boolean): boolean {
  for (let child = element.firstElementChild; child !== null; child = child.nextElementSibling) {
    if (skip(child)) continue;
    if (!INLINE.has(child.tagName) || hasBlock(child, skip)) return true;
  }
  return false;
}

function makeLeaf(
  element: Element,
  context: LeafContext,
  containers: readonly Container[],
  skip: (element: Element) => boolean,
): TextLeaf | undefined {
  const parts = { text: "", linkLength: 0 };
  collect(element, element.tagName === "A", parts, skip);
  const text = parts.text.replace(/\s+/g, " ").trim();
  if (text === "") return undefined;
  const words = text.split(" ").length;
  const linkDensity = Math.min(1, parts.linkLength / Math.max(1, text.length));
  for (const container of containers) {
    container.words += words;
    container.linkWords += words * linkDensity;
    if (words >= LONG_LEAF_WORDS && linkDensity < 0.4) container.longWords += words;
  }
  const parent = element.parentElement;
  const signature = `${parent?.tagName}.${parent?.getAttribute("class") ?? ""}>${element.tagName}.${element.getAttribute("class") ?? ""}`;
  return { element, tag: element.tagName, text, words, linkDensity, context, containers, signature };
}

function collect(
  element: Element,
  inLink: boolean,
  parts: { text: string; linkLength: number },
  skip: (element: Element) => boolean,
): void {
  for (let node = element.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === TEXT) {
      const text = node.nodeValue ?? "";
      parts.text += text;
      if (inLink) parts.linkLength += text.trim().length;
    } else if (node.nodeType === ELEMENT && !skip(node as Element)) {
      const child = node as Element;
      if (child.tagName === "BR") parts.text += " ";
      else collect(child, inLink || child.tagName === "A", parts, skip);
    }
  }
}

function innerContext(element: Element, outer: LeafContext): LeafContext {
  const tag = element.tagName;
  const frame = frameKind(element);
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
