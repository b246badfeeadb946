/**
 * How well does `findPersonalData` find what people marked, and how much does it see where nothing is?
 *
 * Texts: the development set of presidio-research (MILLRACE_DATA/pii-dev.json); a span counts when type, start and end are
 * equal. Ordinary text: Markdown of the installed packages, where all but e-mail addresses, hosts and links are false alarms.
 * Peer: Presidio's tuned configuration, F2 .845 over all its types, structured or not, on that project's data.
 *
 *     node packages/corpus/bench/pii.ts [--misses]
 */
import { existsSync, readFileSync } from "node:fs";
import { findPersonalData, PII_TYPES, type PiiType } from "../src/pii/personal_data.ts";
import { markdownTexts } from "./markdown_texts.ts";

interface Labelled {
  readonly full_text: string;
  readonly spans: readonly { entity_type: string; start_position: number; end_position: number }[];
}

interface Tally {
  hits: number;
  found: number;
  marked: number;
}

/** The set's own names for what we call otherwise. */
const NAMES: Readonly<Record<string, PiiType>> = { DOMAIN_NAME: "URL" };
const PEER_F2 = 0.845;

const folder = process.env["MILLRACE_DATA"] ?? new URL("../../../../shared/data", import.meta.url).pathname;
const file = `${folder}/pii-dev.json`;
const showMisses = process.argv.includes("--misses");

if (existsSync(file)) scoreMarked(JSON.parse(readFileSync(file, "utf8")) as Labelled[]);
else console.warn(`No labelled texts: ${file} is not there. Set MILLRACE_DATA to the folder which holds pii-dev.json.`);
countOnOrdinaryText();

function scoreMarked(rows: readonly Labelled[]): void {
  const tallies = new Map<PiiType, Tally>(PII_TYPES.map((type) => [type, { hits: 0, found: 0, marked: 0 }]));
  for (const { full_text: text, spans } of rows) {
    // Offsets of the set are code points.
    const offsets = unitOffsets(text);
    const marked = new Set<string>();
    for (const { entity_type: name, start_position: start, end_position: end } of spans) {
      const type = NAMES[name] ?? PII_TYPES.find((known) => known === name);
      if (type === undefined) continue;
      marked.add(`${type} ${offsets[start]} ${offsets[end]}`);
      tallyOf(tallies, type).marked++;
    }
    for (const { type, start, end } of findPersonalData(text)) {
      const hit = marked.delete(`${type} ${start} ${end}`);
      tallyOf(tallies, type).found++;
      if (hit) tallyOf(tallies, type).hits++;
      else if (showMisses)
        console.log(`false ${type}: ${JSON.stringify(text.slice(Math.max(0, start - 30), end + 10))}`);
    }
    if (showMisses) for (const miss of marked) console.log(`missed ${miss}: ${JSON.stringify(text)}`);
  }
  console.log("type             marked  precision  recall  F2");
  for (const [type, tally] of tallies) print(type, tally);
  const all = { hits: 0, found: 0, marked: 0 };
  for (const tally of tallies.values()) {
    all.hits += tally.hits;
    all.found += tally.found;
    all.marked += tally.marked;
  }
  print("all", all);
  console.log(`ratio to Presidio's tuned F2 ${PEER_F2}: ${(fBeta(all) / PEER_F2).toFixed(3)}`);
}

function tallyOf(tallies: ReadonlyMap<PiiType, Tally>, type: PiiType): Tally {
  const tally = tallies.get(type);
  if (tally === undefined) throw new RangeError(`Cannot count ${type}: not a known type`);
  return tally;
}

function print(name: string, tally: Tally): void {
  const precision = tally.found === 0 ? Number.NaN : tally.hits / tally.found;
  const recall = tally.hits / tally.marked;
  const numbers = [precision, recall, fBeta(tally)].map((value) => value.toFixed(3)).join("   ");
  console.log(`${name.padEnd(16)} ${String(tally.marked).padStart(6)}  ${numbers}`);
}

/** F2 weighs recall four times as much as precision: 5 P R / (4 P + R). */
function fBeta({ hits, found, marked }: Tally): number {
  return (5 * hits) / (4 * marked + found);
}

function unitOffsets(text: string): number[] {
  const offsets = [0];
  for (const character of text) offsets.push((offsets.at(-1) ?? 0) + character.length);
  return offsets;
}

function countOnOrdinaryText(): void {
  const counts = new Map<PiiType, number>();
  let characters = 0;
  for (const text of markdownTexts()) {
    characters += text.length;
    for (const { type, start, end } of findPersonalData(text)) {
      counts.set(type, (counts.get(type) ?? 0) + 1);
      const noise = type !== "URL" && type !== "EMAIL_ADDRESS";
      if (showMisses && noise)
        console.log(`ordinary ${type}: ${JSON.stringify(text.slice(Math.max(0, start - 30), end + 10))}`);
    }
  }
  console.log(`\nordinary Markdown, ${(characters / 1e6).toFixed(1)} million characters, found per million:`);
  for (const [type, count] of counts)
    console.log(`${type.padEnd(16)} ${((count * 1e6) / characters).toFixed(2)}  (${count})`);
}
