import { afterAll, beforeAll, expect, test } from "vitest";
import type { Hit } from "../find.ts";
import { type ConsoleKit, openConsoleKit } from "../testing/console_kit.ts";

const RUN = "run-8f14e45f";
let kit: ConsoleKit;
beforeAll(async () => {
  kit = await openConsoleKit();
});
afterAll(() => kit.close());

async function find(query: string): Promise<{ hits: Hit[]; problems: string[] }> {
  return (await (await kit.get(`/find?${new URLSearchParams({ q: query })}`)).json()) as {
    hits: Hit[];
    problems: string[];
  };
}

test.each([
  ["a page", "go models", "Page", "/models"],
  ["a run by its id", RUN, "Run", `/runs/${RUN}`],
  ["a run that is too old to be listed", "run-0123abcd", "Run", "/runs/run-0123abcd"],
  ["a run by its name", "handbook serving", "Run", `/runs/${RUN}`],
  ["a version", "handbook v3", "Version", "/models/handbook/3"],
  ["a version as the command line writes it", "handbook@3", "Version", "/models/handbook/3"],
  ["a version by its alias", "handbook@champion", "Version", "/models/handbook/3"],
  ["a checkpoint by the first digits of its hash", "777777", "Checkpoint", `/runs/${RUN}/training`],
  ["a corpus by its hash", "5".repeat(64), "Corpus", `/corpus?run=${RUN}`],
  ["a recipe by its hash, in any case", "AAAAAA", "Recipe", `/runs/${RUN}/recipe`],
  ["an ONNX file by its hash", "88888888", "ONNX", "/models/handbook/3"],
  ["a tokenizer that no version was made of", "cccccc", "Tokenizer", "/runs/run-1679091c"],
  ["a document by its id", "dropped-1", "Document", "/documents/dropped-1"],
  ["a document by its text", "token", "Document", "/documents/doc-1"],
  ["the search for the same words", "token", "Page", "/search?q=token"],
])("the palette finds %s", async (_, query, kind, href) => {
  kit.show("serving");
  const { hits, problems } = await find(query);
  expect(hits).toContainEqual(expect.objectContaining({ kind, href }));
  expect(problems).toEqual([]);
});

test("nothing typed shows the pages and the newest run, and asks for no document", async () => {
  kit.show("serving");
  const asked: string[] = [];
  const stop = kit.onAsked((path) => asked.push(path));
  const { hits } = await find("");
  stop();
  expect(hits[0]).toMatchObject({ kind: "Page", href: "/" });
  expect(hits).toContainEqual(expect.objectContaining({ href: `/runs/${RUN}/training` }));
  expect(asked).toEqual(["/api/automation/runs"]);
});

test("a version is asked for as the registry names it", async () => {
  kit.show("serving");
  const asked: string[] = [];
  const stop = kit.onAsked((path) => asked.push(path));
  await find("handbook v3");
  stop();
  expect(asked).toContain("/api/registry/find?text=handbook%403&limit=5");
});

test("services that do not answer are named, and pages are found all the same", async () => {
  kit.show("down");
  const { hits, problems } = await find("corpus");
  expect(hits).toContainEqual(expect.objectContaining({ href: "/corpus" }));
  expect(problems).toEqual([
    "Runs could not be read.",
    "Versions and hashes could not be read.",
    "Documents could not be read.",
  ]);
});

test("finding needs a session", async () => {
  expect((await fetch(`${kit.url}/find?q=a`)).status).toBe(401);
});
