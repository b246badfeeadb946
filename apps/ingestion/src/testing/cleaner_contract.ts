/** What every cleaner must do. */
import { gzipSync } from "node:zlib";
import { POLICIES } from "@millrace/corpus";
import { expect, test } from "vitest";
import type { Cleaned, Cleaner, CleaningSettings, SourceContent } from "../cleaner.ts";

export const SETTINGS: CleaningSettings = {
  policy: POLICIES.minimal,
  languages: [],
  scrub: true,
  maxDocumentBytes: 1_000_000,
};

const PROSE = "The miller opens the sluice in the morning, and the water runs down the race and turns the wheel. ";

function conversation(question: string, answer: string): string {
  return JSON.stringify({
    messages: [
      { role: "system", content: "You are jo@example.org." },
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ],
  });
}

/** Files of each kind; the same each time. */
export function contents(): SourceContent[] {
  const files: Readonly<Record<string, string | Uint8Array>> = {
    "a.md": `# The mill\n\n${PROSE.repeat(3)}Write to jo@example.org.\n`,
    "b.html": `<html><body><article><h1>The race</h1><p>${PROSE.repeat(5)}</p></article></body></html>`,
    "c.jsonl": Array.from({ length: 200 }, (_, at) =>
      at % 50 === 7 ? "no JSON\n" : `${JSON.stringify({ text: `Entry ${at}. ${PROSE}` })}\n`,
    ).join(""),
    "d.txt.gz": gzipSync(PROSE.repeat(4)),
    "e.md.gz": "no gzip",
    "f.html": "<div>".repeat(1000),
    "g.md": PROSE.repeat(1500),
    "h.md": "",
    "i.jsonl": [
      conversation("Write to jo@example.org now", "No."),
      conversation("Write to jo@example.org now", "No."),
      conversation("Hello", " "),
      '{"messages": [{"role": "tool", "content": "1"}]}',
    ].join("\n"),
  };
  return Object.entries(files).map(([path, content]) => ({
    path,
    bytes: typeof content === "string" ? new TextEncoder().encode(content) : content,
    licence: path === "a.md" ? "MIT" : undefined,
  }));
}

export async function cleanedBy(cleaner: Cleaner, content: SourceContent): Promise<Cleaned[]> {
  return Array.fromAsync(cleaner.clean(content, SETTINGS, new AbortController().signal));
}

const placeOf = (cleaned: Cleaned): string =>
  cleaned.passed ? cleaned.document.source : `${cleaned.dropped.source} ${cleaned.dropped.reasons[0]?.code}`;

/** Declares the tests. The cleaner is left open. */
export function describeCleaner(name: string, cleaner: Cleaner): void {
  const sidesOf = async (path: string): Promise<(readonly [string, string | undefined])[]> => {
    const content = contents().find((one) => one.path === path) as SourceContent;
    const settings = { ...SETTINGS, heldOutEnd: 0.1 };
    const cleaned = await Array.fromAsync(cleaner.clean(content, settings, new AbortController().signal));
    return cleaned.map((one) => [placeOf(one), one.passed ? one.document.split : "left out"]);
  };

  test(`${name} gives the documents of a file in their order, with what could not be read`, async () => {
    const found = new Map<string, Cleaned[]>();
    for (const content of contents()) found.set(content.path, await cleanedBy(cleaner, content));
    const placesOf = (path: string): string[] => (found.get(path) ?? []).map(placeOf);
    expect(placesOf("a.md")).toEqual(["a.md"]);
    expect(placesOf("b.html")).toEqual(["b.html"]);
    expect(placesOf("c.jsonl")).toHaveLength(200);
    expect(placesOf("c.jsonl").slice(5, 9)).toEqual(["c.jsonl#6", "c.jsonl#7", "c.jsonl#8 invalid_json", "c.jsonl#9"]);
    const lost = (found.get("c.jsonl") ?? []).flatMap((cleaned) => (cleaned.passed ? [] : [cleaned.dropped.sizeBytes]));
    expect(lost).toEqual(Array.from({ length: 4 }, () => "no JSON".length));
    expect(placesOf("d.txt.gz")).toEqual(["d.txt.gz"]);
    expect(placesOf("e.md.gz")).toEqual(["e.md.gz corrupt_gzip"]);
    expect(placesOf("f.html")).toEqual(["f.html too_complex"]);
    expect(placesOf("g.md")).toEqual(["g.md", "g.md#2", "g.md#3"]);
    expect(placesOf("h.md")).toEqual(["h.md empty"]);
    const [mill] = found.get("a.md") ?? [];
    expect(mill).toMatchObject({ passed: true, document: { licence: "MIT", redactions: [{ type: "EMAIL_ADDRESS" }] } });
  });

  test(`${name} scrubs each message of a conversation, keeps short answers, and quarantines what is none`, async () => {
    const content = contents().find(({ path }) => path === "i.jsonl") as SourceContent;
    // No policy for prose keeps an answer of one word.
    const strict = { ...SETTINGS, policy: POLICIES.web };
    const cleaned = await Array.fromAsync(cleaner.clean(content, strict, new AbortController().signal));
    expect(cleaned.slice(1).map(placeOf)).toEqual([
      "i.jsonl#2",
      "i.jsonl#3 invalid_messages",
      "i.jsonl#4 invalid_messages",
    ]);
    const [first] = cleaned;
    if (!first?.passed) throw new Error("the conversation was left out");
    const { text, turns = [], redactions, signature } = first.document;
    expect(turns.map(({ start, end }) => text.slice(start, end))).toEqual([
      "You are <EMAIL_ADDRESS>.",
      "Write to <EMAIL_ADDRESS> now",
      "No.",
    ]);
    expect(redactions.map(({ start, end }) => text.slice(start, end))).toEqual(["<EMAIL_ADDRESS>", "<EMAIL_ADDRESS>"]);
    // Deduplication joins it with its equals alone.
    expect(new Set(signature)).toEqual(new Set([0xffffffff]));
    expect(first.document.exact).toBe(cleaned[1]?.passed === true ? cleaned[1].document.exact : "");
  });

  test(`${name} cuts plain texts by position where their ends are held out, and says on which side a part stands`, async () => {
    const train = ["g.md", "g.md#2", "g.md#3"].map((place) => [place, "train"]);
    expect(await sidesOf("g.md")).toEqual([...train, ["g.md#4", "validation"]]);
    expect(await sidesOf("d.txt.gz")).toEqual([
      ["d.txt.gz", "train"],
      ["d.txt.gz#2", "validation"],
    ]);
    expect(await sidesOf("b.html")).toEqual([["b.html", undefined]]);
  });

  test(`${name} takes several files at once`, async () => {
    const alone: Cleaned[][] = [];
    for (const content of contents()) alone.push(await cleanedBy(cleaner, content));
    expect(await Promise.all(contents().map((content) => cleanedBy(cleaner, content)))).toEqual(alone);
  });

  test(`${name} ends with the signal's reason, and can be left in the middle`, async () => {
    const [, , lines] = contents() as [SourceContent, SourceContent, SourceContent];
    const stop = new AbortController();
    const cleaning = cleaner.clean(lines, SETTINGS, stop.signal);
    await cleaning.next();
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(Array.fromAsync(cleaning)).rejects.toBe(reason);
    await expect(Array.fromAsync(cleaner.clean(lines, SETTINGS, stop.signal))).rejects.toBe(reason);
    for await (const _ of cleaner.clean(lines, SETTINGS, new AbortController().signal)) break;
    expect(await cleanedBy(cleaner, lines)).toHaveLength(200);
  });

  test(`${name} fails where its work fails, and goes on with the next file`, async () => {
    const [first] = contents() as [SourceContent];
    await expect(cleanedBy(cleaner, { ...first, path: "../a.md" })).rejects.toThrow("Cannot name source");
    expect(await cleanedBy(cleaner, first)).toHaveLength(1);
  });
}
