/** Completion scripts of three shells. Each finds which command the words before the cursor name, then offers what may follow it. */
import type { Level, Word } from "./word_tree.ts";

/** For bash; file names where nothing else fits. */
export function bashCompletion(tree: readonly Level[]): string {
  return `_millrace() {
  local current=\${COMP_WORDS[COMP_CWORD]} at='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${paths(tree)}) at="$at $word" ;;
    esac
  done
  case "$at" in
${tree.map((level) => `    ${quoted(pathOf(level))}) words=${quoted(wordsOf(level).join(" "))} ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _millrace millrace`;
}

/** For zsh, from its function path or sourced. */
export function zshCompletion(tree: readonly Level[]): string {
  return `#compdef millrace
_millrace() {
  local at='' word
  local -a found
  for word in \${words[2,CURRENT-1]}; do
    case "$at $word" in
      ${paths(tree)}) at="$at $word" ;;
    esac
  done
  case "$at" in
${tree.map((level) => `    ${quoted(pathOf(level))}) found=(${[...level.commands.map(described), ...level.choices.map(quoted), ...level.options.map(described)].join(" ")}) ;;`).join("\n")}
  esac
  _describe -o millrace found
  _files
}
if [ "$funcstack[1]" = _millrace ]; then _millrace; else compdef _millrace millrace; fi`;
}

/** For fish. */
export function fishCompletion(tree: readonly Level[]): string {
  const lines = tree.flatMap((level) => {
    const seen = level.path.map((name) => `__fish_seen_subcommand_from ${name}`);
    const names = level.commands.map(({ word }) => word).join(" ");
    const none = names === "" ? [] : [`not __fish_seen_subcommand_from ${names}`];
    return [
      ...level.commands.map(
        ({ word, description }) =>
          `complete -c millrace -f${fishCondition([...seen, ...none])} -a ${word} -d ${fishQuoted(description)}`,
      ),
      ...(level.choices.length === 0
        ? []
        : [`complete -c millrace -f${fishCondition(seen)} -a ${quoted(level.choices.join(" "))}`]),
      ...level.options.map(
        ({ word, description, takesValue }) =>
          `complete -c millrace${fishCondition(seen)} -l ${word.replace(/^--/, "")}${takesValue ? " -r" : ""} -d ${fishQuoted(description)}`,
      ),
    ];
  });
  return lines.join("\n");
}

function described({ word, description }: Word): string {
  return quoted(`${word.replaceAll(":", "\\:")}:${description}`);
}

function fishCondition(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : ` -n ${quoted(conditions.join("; and "))}`;
}

function wordsOf({ commands, choices, options }: Level): string[] {
  return [...commands.map(({ word }) => word), ...choices, ...options.map(({ word }) => word)];
}

/** Pattern of a `case` over every command, as the loop above builds them. */
function paths(tree: readonly Level[]): string {
  return tree
    .filter(({ path }) => path.length > 0)
    .map((level) => quoted(pathOf(level)))
    .join("|");
}

function pathOf({ path }: Level): string {
  return path.map((name) => ` ${name}`).join("");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
