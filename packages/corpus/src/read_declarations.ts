/**
 * Doc comments of TypeScript declaration files as Markdown. Declarations carry much careful technical prose; the types
 * around it are not prose. Each comment becomes a heading with the symbol's name, its text and its tags.
 */

const IDENTIFIER = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$]{0,100}`;
const MODIFIERS = "(?:export|declare|default|abstract|static|readonly|public|protected|private|async|override|get|set)";
const DECLARED = new RegExp(
  String.raw`^\s*(?:${MODIFIERS}\s+){0,6}(?:(?:class|interface|function|const|let|var|type|enum|namespace|module)\s+)?["']?(${IDENTIFIER})`,
  "u",
);
const LICENCE = /@licen[cs]e|@copyright|\bcopyright\b|\bSPDX-License-Identifier\b/i;

/**
 * Extracts the doc comments of a `.d.ts` file. Licence headers and empty comments are left out.
 * @returns Markdown, empty when the file documents nothing.
 */
export function declarationDocs(source: string): string {
  const sections: string[] = [];
  for (const { comment, end } of docComments(source)) {
    if (LICENCE.test(comment)) continue;
    const text = commentText(comment);
    if (text === "") continue;
    const name = DECLARED.exec(source.slice(end, end + 400))?.[1];
    sections.push(name === undefined ? text : `### ${name}\n\n${text}`);
  }
  return sections.join("\n\n");
}

/** Finds `/** ... *\/` comments in one pass, skipping strings and other comments. */
function* docComments(source: string): Generator<{ comment: string; end: number }> {
  const token = /\/\*|\/\/|["'`]/g;
  for (let found = token.exec(source); found !== null; found = token.exec(source)) {
    const at = found.index;
    if (found[0] === "/*") {
      const close = source.indexOf("*/", at + 2);
      if (close === -1) return;
      token.lastIndex = close + 2;
      if (source[at + 2] === "*" && close > at + 2) yield { comment: source.slice(at + 3, close), end: close + 2 };
    } else {
      token.lastIndex = found[0] === "//" ? lineEnd(source, at) : stringEnd(source, at);
    }
  }
}

function lineEnd(source: string, from: number): number {
  const end = source.indexOf("\n", from);
  return end === -1 ? source.length : end;
}

function stringEnd(source: string, from: number): number {
  const quote = source[from];
  for (let at = from + 1; at < source.length; at += 1) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === quote || (source[at] === "\n" && quote !== "`")) return at + 1;
  }
  return source.length;
}

function commentText(comment: string): string {
  const lines: string[] = [];
  let example = false;
  const closeExample = (): void => {
    if (!example) return;
    while (lines.at(-1)?.trim() === "") lines.pop();
    lines.push("```", "");
    example = false;
  };
  for (const raw of comment.split(/\r?\n/)) {
    const line = raw.replace(/^\s*\*? ?/, "").trimEnd();
    const tag = /^\s*@([a-zA-Z]+)\s*(.*)$/.exec(line);
    if (tag === null) {
      if (example && /^\s*```/.test(line)) example = dropOwnFence(lines);
      lines.push(inline(line));
      continue;
    }
    closeExample();
    const [, name = "", rest = ""] = tag;
    if (name === "example") {
      lines.push("", inline(rest.replace(/<\/?caption>/g, "")), "```ts");
      example = true;
    } else {
      lines.push(tagText(name, rest));
    }
  }
  closeExample();
  return lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** An example that brings its own fence needs none of ours. */
function dropOwnFence(lines: string[]): false {
  const fence = lines.lastIndexOf("```ts");
  lines.splice(fence, 1);
  return false;
}

function tagText(name: string, rest: string): string {
  const text = inline(rest.replace(/^\{[^{}]{0,200}\}\s*/, ""));
  if (text === "") return "";
  switch (name) {
    case "param":
    case "typeParam":
    case "template":
    case "property": {
      const [, parameter = "", description = ""] = /^(\[?[\w$.]+(?:=[^\]]*)?\]?)\s*(?:-\s*)?(.*)$/.exec(text) ?? [];
      return description === "" ? "" : `- \`${parameter}\`: ${description}`;
    }
    case "return":
    case "returns":
      return `Returns ${text.replace(/^-\s*/, "")}`;
    case "throws":
    case "deprecated":
    case "default":
    case "defaultValue":
    case "since":
    case "see":
      return `${name[0]?.toUpperCase()}${name.slice(1)}: ${text}`;
    case "remarks":
    case "description":
    case "summary":
      return text;
    default:
      return "";
  }
}

const LINK = /\{@(?:link|linkcode|linkplain|inheritDoc|see)\s([^{}]{1,600})\}/g;

/** Puts a link's label, or else its target, in its place. */
function inline(line: string): string {
  return line.replace(LINK, (_, content: string) => {
    const [target = "", ...label] = content.split("|");
    return label.length === 0 ? target.trim() : label.join("|").trimStart();
  });
}
