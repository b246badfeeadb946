import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { measure } from "../signals/signals.ts";
import { decide } from "./policy.ts";
import { POLICIES } from "./presets.ts";

interface GoldenDocument {
  readonly name: string;
  readonly text: string;
  readonly repetition: string | null;
  readonly quality: string | null;
  readonly c4: string | null;
  readonly c4Text: string | null;
  readonly fineweb: string | null;
}

const golden = JSON.parse(readFileSync(new URL("../signals/testdata/datatrove.json", import.meta.url), "utf8")) as {
  readonly documents: readonly GoldenDocument[];
};

const codes = POLICIES.web.rules.map((rule) => rule.reason);
const groupOf = (first: string, end: string): string[] => codes.slice(codes.indexOf(first), codes.indexOf(end));
const groups = {
  repetition: groupOf("dup_para_frac", "gopher_short_doc"),
  quality: groupOf("gopher_short_doc", "lorem_ipsum"),
  c4: groupOf("lorem_ipsum", "empty"),
  fineweb: codes.slice(codes.indexOf("empty")),
};

describe.each(golden.documents)("web policy and datatrove agree on the document $name:", (document) => {
  const measured = measure(document.text);
  const reasons = decide(measured.signals, POLICIES.web).reasons.map((reason) => reason.code);

  test.each(["repetition", "quality", "fineweb"] as const)("decide() gives its first reason of %s first", (group) => {
    const wanted = document[group];
    // An empty text makes the published filter divide by zero; what follows a C4 drop it never computes.
    if (wanted === "division by zero" || (group === "fineweb" && document.c4 !== null)) return;
    expect(reasons.find((code) => groups[group].includes(code)) ?? null).toBe(wanted);
  });

  test("decide() gives its C4 reason, and measure() its C4 text", () => {
    const ours = reasons.filter((code) => groups.c4.includes(code));
    if (document.c4 === null) {
      expect(ours).toEqual([]);
      expect(measured.c4Text).toBe(document.c4Text);
    } else expect(ours).toContain(document.c4);
  });
});

function reasonsOf(text: string, policy: keyof typeof POLICIES, path?: string): string[] {
  const { signals } = measure(text, path === undefined ? {} : { path });
  return decide(signals, POLICIES[policy]).reasons.map((reason) => reason.code);
}

const README = `# Mill

Mill grinds grain into flour, and it does so without a wheel. Install it, then call it with a path.

\`\`\`ts
import { grind } from "mill"; // ### ... {}
const flour = grind({ grain: "rye", stones: [1, 2, 3] });
\`\`\`

| option | default | meaning |
| ------ | ------- | ------- |
| \`stones\` | 2 | how many stones turn |
| \`speed\` | 60 | turns a minute |

## Options

Every option has a default that suits a small mill. Read the table above before you change one.
`;

test("documentation policy keeps code, tables and braces when there is prose around them", () => {
  expect(reasonsOf(README, "documentation")).toEqual([]);
  expect(reasonsOf(README, "web")).toContain("curly_bracket");
});

test("documentation policy drops a list of releases when its headings or its path say so", () => {
  const notes = ["2.1.0", "[2.0.0] - 2024-01-01", "1.9.0"]
    .map((version) => `## ${version}\n\n- The wheel turns faster than it did before, and it stops when asked.\n`)
    .join("\n");
  expect(reasonsOf(notes, "documentation")).toContain("release_notes");
  expect(reasonsOf(README, "documentation", "packages/mill/CHANGELOG.md")).toEqual(["release_notes"]);
  expect(reasonsOf(README, "documentation", "docs/change-management.md")).toEqual([]);
});

test("documentation policy drops a licence when its words or its path say so", () => {
  const licence =
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this mill, to grind with it.\n\n" +
    "In no event shall the miller be liable for any claim that arises from flour, with or without stones in it.\n";
  expect(reasonsOf(licence, "documentation")).toEqual(["licence"]);
  expect(reasonsOf(README, "documentation", "mill/LICENSE-MIT.txt")).toEqual(["licence"]);
  expect(reasonsOf(`${README}\n## License\n\nMIT\n`, "documentation")).toEqual([]);
});

const UNSPACED = {
  Japanese:
    "水車は川の流れで回り、石臼がゆっくりと麦を挽きます。春になると雪どけの水が増えるので、職人は堰の板を一枚外します。" +
    "設定ファイルはNode 24で読み込まれ、ポート8080を使います。",
  Chinese:
    "水车靠河水转动，石磨慢慢地把麦子磨成面粉。到了春天，雪水很多，磨坊的主人就打开水闸。请先阅读说明，再修改3个选项。",
  Thai: "กังหันน้ำหมุนด้วยกระแสน้ำและโม่หินบดข้าวสาลีอย่างช้าๆ เมื่อถึงฤดูฝนน้ำจะมากขึ้น เจ้าของโรงสีจึงเปิดประตูน้ำ",
};

test.each(Object.entries(UNSPACED))("minimal and documentation keep a text in %s, which has no spaces", (_, text) => {
  expect(reasonsOf(text, "minimal")).toEqual([]);
  expect(reasonsOf(text, "documentation")).toEqual([]);
  expect(reasonsOf(text, "web")).toContain("gopher_short_doc");
});

test("minimal policy drops only texts without words", () => {
  expect(reasonsOf("水車。", "minimal")).toEqual(["gopher_short_doc"]);
  expect(reasonsOf("!!! ... ###", "minimal")).toEqual(["gopher_short_doc"]);
  expect(reasonsOf("five words are quite enough", "minimal")).toEqual([]);
});
