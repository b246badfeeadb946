/** The limits of drift, held against real text: the READMEs of the packages that Millrace is made of, and its own pages. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  addPrompt,
  mergeProfiles,
  openingOf,
  passageOf,
  type ProfileFeature,
  profileFeatures,
  profileOf,
} from "@millrace/features";
import { loadTokenizer, type Tokenizer, trainBpe } from "@millrace/tokenizer";
import { beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../testing/simulated_traffic.ts";
import { compareSample } from "./judge_drift.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const PROMPTS = 300;
const GERMAN =
  "Der Mühlgraben führt das Wasser des Baches zum Rad der Mühle. Wer die Mühle betreiben will, muss zuerst das Wehr öffnen, " +
  "damit genügend Wasser in den Graben fließt. Wenn der Bach im Sommer wenig Wasser führt, steht das Rad still, und der Müller " +
  "wartet auf den nächsten Regen. Im Winter dagegen friert der Graben manchmal zu; dann schlagen die Knechte das Eis mit Äxten " +
  "auf. Das Mahlwerk besteht aus zwei Steinen, von denen sich nur der obere dreht. Zwischen beiden wird das Korn zerrieben, bis " +
  "feines Mehl entsteht, das über eine Rinne in den Sack läuft. Jeder Bauer brachte sein Getreide selbst und bezahlte mit einem " +
  "Teil davon. Heute treiben elektrische Motoren die meisten Mühlen an, doch einige alte Räder drehen sich noch immer.";

function read(pattern: string): string[] {
  const files = globSync(pattern, { cwd: ROOT }).toSorted();
  return files.map((file) => readFileSync(`${ROOT}${file}`, "utf8")).filter((text) => text.length > 400);
}

let tokenizer: Tokenizer;
let validation: string[];
let features: ProfileFeature[];
/** Of a corpus of a few documents only. */
let smallFeatures: ProfileFeature[];
beforeAll(async () => {
  const random = seededRandom(1);
  const documents = [
    ...read("node_modules/*/{README,readme,Readme}.md"),
    ...read("{packages,apps}/*/README.md"),
    ...read("docs/**/*.md"),
  ];
  expect(documents.length).toBeGreaterThan(150);
  const isHeldOut = documents.map(() => random() < 0.2);
  validation = documents.filter((_, at) => isHeldOut[at]);
  const train = documents.filter((_, at) => !isHeldOut[at]);
  const { json } = await trainBpe(
    train.map((text) => text.slice(0, 4000)),
    { vocabularySize: 800 },
  );
  tokenizer = loadTokenizer(json);
  features = profileFeatures(mergeProfiles(train.map(profileOfText)));
  smallFeatures = profileFeatures(mergeProfiles(train.filter((_, at) => at % 5 === 0).map(profileOfText)));
});

function profileOfText(text: string) {
  const passage = passageOf(text);
  const tokens = passage === undefined ? [] : tokenizer.encodeOrdinary(passage);
  return profileOf({
    text,
    language: "en",
    tokens,
    passage: passage === undefined ? undefined : { text: passage, tokens },
  });
}

/** Prompts of these lengths in turn, each from a text by chance and a place that `from` picks in it. */
function promptsFrom(texts: readonly string[], from: (text: string, random: () => number) => number): string[] {
  const random = seededRandom(2);
  return Array.from({ length: PROMPTS }, (_, at) => {
    const text = texts[Math.floor(random() * texts.length)] ?? "";
    const start = from(text, random);
    return text.slice(start, start + [45, 80, 120, 400][at % 4]!);
  });
}

function drifted(corpus: readonly ProfileFeature[], prompts: readonly string[]): string[] {
  const counts: Record<string, number[]> = {};
  for (const prompt of prompts) {
    const text = openingOf(prompt);
    if (text !== undefined) addPrompt(counts, { text, tokens: tokenizer.encodeOrdinary(text) });
  }
  const compared = compareSample(corpus, { start: 0, end: 1, features: counts });
  expect(compared).toHaveLength(3);
  return compared.filter((one) => one.drifted).map(({ name }) => name);
}

const anywhere = (text: string, random: () => number): number => Math.floor(random() * Math.max(1, text.length - 60));
const atParagraph = (text: string, random: () => number): number => {
  const starts = [...text.matchAll(/\n{2,}/g)].map(({ index, 0: gap }) => index + gap.length);
  return starts[Math.floor(random() * starts.length)] ?? 0;
};

describe.each([
  ["a corpus", () => features],
  ["a small corpus", () => smallFeatures],
])("drift against %s", (_, corpus) => {
  test("prompts of validation documents do not drift, wherever in them they are taken from", () => {
    expect(drifted(corpus(), promptsFrom(validation, anywhere))).toEqual([]);
    expect(drifted(corpus(), promptsFrom(validation, atParagraph))).toEqual([]);
    expect(
      drifted(
        corpus(),
        promptsFrom(validation, () => 0),
      ),
    ).toEqual([]);
  });

  test("prompts in another language drift", () => {
    expect(drifted(corpus(), promptsFrom([GERMAN], anywhere))).toContain("bytesPerToken");
  });
});

test.each([
  ["JSON", "package-lock.json"],
  ["SQL", "migrations/*/*.sql"],
  ["English of lawyers", "node_modules/*/{LICENSE,license,LICENSE.md}"],
])("prompts of another style drift: %s against pages that explain", (_, files) => {
  expect(drifted(features, promptsFrom(read(files), anywhere))).not.toEqual([]);
});
