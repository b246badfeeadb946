import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { createProgram } from "../program.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "./scripts.ts";
import { wordTree } from "./word_tree.ts";

const TREE = wordTree(createProgram());

/** What bash offers after these words, the last one unfinished. */
function offered(...words: readonly string[]): string[] {
  const probe = `${bashCompletion(TREE)}
COMP_WORDS=(millrace "$@"); COMP_CWORD=$#; _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", probe, "bash", ...words], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean);
}

describe("wordTree()", () => {
  test("knows every command, also those below a command", () => {
    const paths = TREE.map(({ path }) => path.join(" "));
    expect(paths).toEqual(expect.arrayContaining(["", "run", "search", "tokenizer train"]));
  });
});

describe("bashCompletion()", () => {
  test("offers commands that begin so", () => {
    expect(offered("se")).toEqual(["search"]);
  });

  test("offers a command's own options, also after other words", () => {
    expect(offered("run", "docs", "--re")).toEqual(["--resume"]);
    expect(offered("search", "--li")).toEqual(["--limit"]);
    expect(offered("status", "--li")).toEqual([]);
  });

  test("goes down to commands of commands", () => {
    expect(offered("tokenizer", "enc")).toEqual(["encode"]);
    expect(offered("tokenizer", "train", "--vocab")).toEqual(["--vocab-size"]);
  });

  test("offers the words that an argument may be: services and shells", () => {
    expect(offered("up", "re")).toEqual(["registry"]);
    expect(offered("up", "wo")).toEqual(["worker"]);
    expect(offered("completion", "")).toEqual(expect.arrayContaining(["bash", "zsh", "fish"]));
  });

  test("runs nothing that a word holds", () => {
    expect(offered("$(echo se)")).toEqual([]);
  });
});

test("zshCompletion() and fishCompletion() quote every description", () => {
  const tree = [
    {
      path: [],
      commands: [{ word: "a", description: "it's $(x) `y` \\", takesValue: false }],
      choices: ["registry", "worker"],
      options: [],
    },
  ];
  expect(zshCompletion(tree)).toContain(String.raw`'a:it'\''s $(x) ` + "`y` \\'");
  expect(zshCompletion(tree)).toContain(" 'registry' 'worker'");
  expect(fishCompletion(tree)).toContain("complete -c millrace -f -a 'registry worker'");
  expect(fishCompletion(tree)).toContain(String.raw`'it\'s $(x) ` + "`y` \\\\'");
});

const missing = ["zsh", "fish"].filter((shell) => spawnSync(shell, ["-c", "true"]).error);
if (missing.length > 0) console.warn(`completion: not parsed by ${missing.join(" and ")}, which this machine lacks`);

test.skipIf(missing.includes("zsh"))("zshCompletion() parses", () => {
  expect(spawnSync("zsh", ["-n"], { input: zshCompletion(TREE), encoding: "utf8" }).stderr).toBe("");
});

test.skipIf(missing.includes("fish"))("fishCompletion() parses", () => {
  // fish does not read from a socket, which is what a child's standard input is here.
  const parse = ["-c", "cat | fish --no-execute"];
  expect(spawnSync("bash", parse, { input: fishCompletion(TREE), encoding: "utf8" }).stderr).toBe("");
});
