/**
 * A part of a page as Markdown: headings, paragraphs, lists, quotes, fenced code and data tables. Emphasis and link targets
 * are left out, since the text is for reading and counting words, not for rebuilding the page.
 */

import { renderTable } from "./render_table.ts";

/** Tells which elements a rendering leaves out with all that is in them. */
export type SkipElement = (element: Element) => boolean;

interface Output {
  readonly blocks: string[];
  inline: string;
}

const BLOCKS = new Set(
  (
    "ADDRESS ARTICLE ASIDE BLOCKQUOTE BODY CAPTION CENTER DD DETAILS DIALOG DIV DL DT FIELDSET FIGCAPTION FIGURE FOOTER FORM " +
    "H1 H2 H3 H4 H5 H6 HEADER HR HTML LI LEGEND MAIN MENU NAV OL P PRE SECTION SUMMARY TABLE TBODY TD TFOOT TH THEAD TR UL"
  ).split(" "),
);
const TEXT = 3;
const ELEMENT = 1;

/** Renders an element's content; blocks stand apart by blank lines. */
export function renderMarkdown(root: Element, skip: SkipElement): string {
  return blocksOf(root, skip).join("\n\n");
}

function blocksOf(root: Element, skip: SkipElement): string[] {
  const output: Output = { blocks: [], inline: "" };
  renderChildren(root, skip, output);
  flush(output);
  return output.blocks;
}

function renderChildren(parent: Element, skip: SkipElement, output: Output): void {
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === TEXT) output.inline += (node.nodeValue ?? "").replace(/[\s\u200b]+/g, " ");
    else if (node.nodeType === ELEMENT) renderElement(node as Element, skip, output);
  }
}

function renderElement(element: Element, skip: SkipElement, output: Output): void {
  if (skip(element)) return;
  const tag = element.tagName;
  if (tag === "BR") {
    output.inline += "\n";
  } else if (tag === "CODE" || tag === "KBD" || tag === "SAMP") {
    output.inline += inlineCode(element);
  } else if (BLOCKS.has(tag)) {
    flush(output);
    renderBlock(tag, element, skip, output);
    flush(output);
  } else {
    // Neighbouring links are separate labels, also where only a style sheet keeps them apart.
    if (tag === "A" && output.inline !== "" && element.previousSibling?.nodeType === ELEMENT) output.inline += " ";
    renderChildren(element, skip, output);
  }
}

function renderBlock(tag: string, element: Element, skip: SkipElement, output: Output): void {
  switch (tag) {
    case "H1":
    case "H2":
    case "H3":
    case "H4":
    case "H5":
    case "H6": {
      const text = blocksOf(element, skip).join(" ").replace(/\s+/g, " ");
      if (text !== "") output.blocks.push(`${"#".repeat(Number(tag[1]))} ${text}`);
      return;
    }
    case "PRE":
      renderCode(element, output);
      return;
    case "UL":
    case "OL":
    case "MENU":
      renderList(element, tag === "OL", skip, output);
      return;
    case "BLOCKQUOTE": {
      const text = blocksOf(element, skip).join("\n\n");
      if (text !== "") output.blocks.push(text.replace(/^/gm, "> ").replace(/ +$/gm, ""));
      return;
    }
    case "TABLE": {
      const table = renderTable(element, (cell) => blocksOf(cell, skip), skip);
      if (table !== undefined) output.blocks.push(table);
      else renderChildren(element, skip, output);
      return;
    }
    default:
      renderChildren(element, skip, output);
  }
}

function renderList(list: Element, numbered: boolean, skip: SkipElement, output: Output): void {
  const items: string[] = [];
  for (const child of list.children) {
    if (skip(child)) continue;
    const blocks = blocksOf(child, skip);
    if (blocks.length === 0) continue;
    const mark = child.tagName !== "LI" ? "" : numbered ? `${items.length + 1}. ` : "- ";
    items.push(mark + blocks.join("\n").replaceAll("\n", `\n${" ".repeat(mark.length)}`));
  }
  if (items.length > 0) output.blocks.push(items.join("\n"));
}

function renderCode(pre: Element, output: Output): void {
  const code = (pre.textContent ?? "").replace(/^\n|\s+$/g, "");
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
