/**
 * A part of a page as Markdown: headings, paragraphs, lists, quotes, fenced code and data tables. Emphasis and link targets
 * are left out, since the text is for reading and counting words, not for rebuilding the page.
 */

import { renderTable } from "./render_table.ts";
import type { RenderView } from "./render_view.ts";

interface Output {
  readonly blocks: string[];
  inline: string;
  /** Headings, lists, quotes and cells around. */
  readonly nesting: number;
}

/** What is nested deeper is rendered without its own mark: marks on marks make a text longer by its depth, and cost as much. */
const MAX_NESTING = 8;

const BLOCKS = new Set(
  (
    "ADDRESS ARTICLE ASIDE BLOCKQUOTE BODY CAPTION CENTER DD DETAILS DIALOG DIV DL DT FIELDSET FIGCAPTION FIGURE FOOTER FORM " +
    "H1 H2 H3 H4 H5 H6 HEADER HR HTML LI LEGEND MAIN MENU NAV OL P PRE SECTION SUMMARY TABLE TBODY TD TFOOT TH THEAD TR UL"
  ).split(" "),
);
const TEXT = 3;
const ELEMENT = 1;

/** Renders an element's content; blocks stand apart by blank lines. */
export function renderMarkdown(root: Element, view: RenderView): string {
  return blocksOf(root, view, 0).join("\n\n");
}

function blocksOf(root: Element, view: RenderView, nesting: number): string[] {
  const output: Output = { blocks: [], inline: "", nesting };
  renderChildren(root, view, output);
  flush(output);
  return output.blocks;
}

function renderChildren(parent: Element, view: RenderView, output: Output): void {
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === TEXT) output.inline += (node.nodeValue ?? "").replace(/[\s\u200b]+/g, " ");
    else if (node.nodeType === ELEMENT) renderElement(node as Element, view, output);
  }
}

function renderElement(element: Element, view: RenderView, output: Output): void {
  if (view.skips(element)) return;
  const tag = element.tagName;
  if (tag === "BR") {
    output.inline += "\n";
  } else if (tag === "CODE" || tag === "KBD" || tag === "SAMP") {
    output.inline += inlineCode(element);
  } else if (BLOCKS.has(tag)) {
    flush(output);
    renderBlock(tag, element, view, output);
    flush(output);
  } else {
    // Neighbouring links are separate labels, also where only a style sheet keeps them apart.
    if (tag === "A" && output.inline !== "" && element.previousSibling?.nodeType === ELEMENT) output.inline += " ";
    renderChildren(element, view, output);
  }
}

function renderBlock(tag: string, element: Element, view: RenderView, output: Output): void {
  if (tag === "PRE") {
    renderCode(element, output);
    return;
  }
  if (output.nesting >= MAX_NESTING) {
    renderChildren(element, view, output);
    return;
  }
  const inner = (part: Element): string[] => blocksOf(part, view, output.nesting + 1);
  switch (tag) {
    case "H1":
    case "H2":
    case "H3":
    case "H4":
    case "H5":
    case "H6": {
      const text = inner(element).join(" ").replace(/\s+/g, " ");
      if (text !== "") output.blocks.push(`${"#".repeat(Number(tag[1]))} ${text}`);
      return;
    }
    case "UL":
    case "OL":
    case "MENU":
      renderList(element, tag === "OL", inner, view, output);
      return;
    case "BLOCKQUOTE": {
      const text = inner(element).join("\n\n");
      if (text !== "") output.blocks.push(text.split("\n").map(quoted).join("\n"));
      return;
    }
    case "TABLE": {
      const table = view.holdsTable(element) ? undefined : renderTable(element, inner, view);
      if (table !== undefined) output.blocks.push(table);
      else renderChildren(element, view, output);
      return;
    }
    default:
      renderChildren(element, view, output);
  }
}

function quoted(line: string): string {
  const text = `> ${line}`;
  let end = text.length;
  while (text[end - 1] === " ") end -= 1;
  return text.slice(0, end);
}

function renderList(
  list: Element,
  numbered: boolean,
  inner: (item: Element) => string[],
  view: RenderView,
  output: Output,
): void {
  const items: string[] = [];
  for (const child of list.children) {
    if (view.skips(child)) continue;
    const blocks = inner(child);
    if (blocks.length === 0) continue;
    const mark = child.tagName !== "LI" ? "" : numbered ? `${items.length + 1}. ` : "- ";
    items.push(mark + blocks.join("\n").replaceAll("\n", `\n${" ".repeat(mark.length)}`));
  }
  if (items.length > 0) output.blocks.push(items.join("\n"));
}

function renderCode(pre: Element, output: Output): void {
  const content = pre.textContent ?? "";
  const code = (content.startsWith("\n") ? content.slice(1) : content).trimEnd();
  if (code.trim() === "") return;
  const names = `${pre.getAttribute("class") ?? ""} ${pre.firstElementChild?.getAttribute("class") ?? ""}`;
  const language = /\b(?:language|lang|highlight-source|brush:)[-\s]?([\w+#]{1,20})/.exec(names)?.[1] ?? "";
  const fence = code.includes("```") ? "````" : "```";
  output.blocks.push(`${fence}${language}\n${code}\n${fence}`);
}

function inlineCode(element: Element): string {
  const code = (element.textContent ?? "").replace(/\s+/g, " ").trim();
  return code === "" || code.includes("`") ? code : `\`${code}\``;
}

function flush(output: Output): void {
  const text = output.inline
    .replace(/[ \t]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim();
  output.inline = "";
  if (text !== "") output.blocks.push(text);
}
