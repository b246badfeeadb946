import { isHidden, isNeverText } from "./boilerplate.ts";

/**
 * What must be known of an element's inside, for every element of a page, from one walk. Asked of each element by itself, the same
 * questions cost the page's size times its depth.
 */
export interface PageIndex {
  /** Whether an element has no readable or visible text. */
  isUnread(element: Element): boolean;
  /** Whether a block with readable text stands inside. */
  holdsBlock(element: Element): boolean;
  holdsTable(element: Element): boolean;
  /** Whether an `<h1>` stands inside. */
  holdsTitle(element: Element): boolean;
}

const INLINE = new Set(
  (
    "A ABBR ACRONYM B BDI BDO BIG BR CITE CODE DATA DEL DFN EM FONT I IMG INS KBD LABEL MARK PICTURE Q RUBY S SAMP SMALL " +
    "SPAN STRIKE STRONG SUB SUP TIME TT U VAR WBR"
  ).split(" "),
);
const ELEMENT = 1;
const TEXT = 3;
const CDATA = 4;

/** Text inside an element, as `textContent` has it: its units, and those of white space at both ends. */
interface TextSize {
  length: number;
  leading: number;
  trailing: number;
}

/** Indexes the elements below and including `root`. */
export function indexPage(root: Element): PageIndex {
  const unread = new Set<Element>();
  const blocks = new Set<Element>();
  const tables = new Set<Element>();
  const titles = new Set<Element>();

  function visit(element: Element): TextSize {
    const size: TextSize = { length: 0, leading: 0, trailing: 0 };
    for (let node = element.firstChild; node !== null; node = node.nextSibling) {
      if (node.nodeType === TEXT || node.nodeType === CDATA) append(size, sizeOf(node.nodeValue ?? ""));
      if (node.nodeType !== ELEMENT) continue;
      const child = node as Element;
      append(size, visit(child));
      const tag = child.tagName;
      if (tag === "TABLE" || tables.has(child)) tables.add(element);
      if (tag === "H1" || titles.has(child)) titles.add(element);
      if (!unread.has(child) && (!INLINE.has(tag) || blocks.has(child))) blocks.add(element);
    }
    const trimmed = Math.max(0, size.length - size.leading - size.trailing);
    if (isNeverText(element, trimmed) || isHidden(element, size.length)) unread.add(element);
    return size;
  }

  visit(root);
  return {
    isUnread: (element) => unread.has(element),
    holdsBlock: (element) => blocks.has(element),
    holdsTable: (element) => tables.has(element),
    holdsTitle: (element) => titles.has(element),
  };
}

function sizeOf(text: string): TextSize {
  const leading = text.length - text.trimStart().length;
  return { length: text.length, leading, trailing: text.length - text.trimEnd().length };
}

/** Text of nothing but white space has it all at both ends. */
function append(size: TextSize, next: TextSize): void {
  if (size.leading === size.length) size.leading += next.leading;
  size.trailing = next.trailing === next.length ? size.trailing + next.length : next.trailing;
  size.length += next.length;
}
