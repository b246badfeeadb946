import {
  ClusterPair,
  DeploymentList,
  EVENTS,
  RunEvents,
  RunList,
  RunReport,
  SearchResults,
  SourceBreakdown,
  StartRun,
  Summary,
  TrainingRunView,
} from "@millrace/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAssets } from "./runtime/read_assets.ts";
import { type ConsoleKit, openConsoleKit, wordsOf } from "./testing/console_kit.ts";
import { PAGES } from "./testing/page_list.ts";
import { report } from "./testing/scene_data.ts";
import { HOSTILE, sceneOf } from "./testing/scenes.ts";
import { madeFrom } from "./version_words.ts";

const RUN = "/runs/run-8f14e45f";
let kit: ConsoleKit;
beforeAll(async () => {
  kit = await openConsoleKit();
});
afterAll(() => kit.close());

test("scenes answer as the contracts say", () => {
  const scene = sceneOf("serving") ?? {};
  RunList.parse(scene["/api/automation/runs"]);
  RunEvents.parse(scene[`/api/automation${RUN}/events`]);
  Summary.parse(scene[`/api/automation${RUN}/summary`]);
  RunReport.parse(scene[`/api/ingestion${RUN}/report`]);
  SearchResults.parse(scene["/api/ingestion/search"]);
  SourceBreakdown.parse(scene[`/api/ingestion${RUN}/sources`]);
  ClusterPair.parse(scene[`/api/ingestion${RUN}/clusters/doc-1`]);
  DeploymentList.parse(scene["/api/deployer/deployments"]);
  TrainingRunView.parse(scene["/api/registry/runs/run-1679091c"]);
  TrainingRunView.parse(scene[`/api/registry${RUN}`]);
});

describe.each(PAGES)("$path when $scene", ({ scene, path }) => {
  test("reads without a script and escapes what it shows", async () => {
    kit.show(scene);
    const response = await kit.get(path);
    const text = await response.text();
    expect(text).toContain("</main>");
    expect(text).not.toContain(HOSTILE);
    expect(text).not.toMatch(/undefined|NaN|\[object|Infinity/);
    // A boolean in a template is written as nothing, which says nothing to a screen reader.
    expect(text).not.toMatch(/ aria-[a-z]+=""/);
    if (scene === "down") expect(text).toContain("the database does not answer");
  });
});

test("Home tells what is served and how quickly, what waits for somebody, and what changed", async () => {
  kit.show("canary");
  const words = await kit.words("/");
  expect(words).toMatch(
    /handbook v3 ● 90 % of traffic Monitor Requests a minute 40 First token, p95 49 ms Replicas ready 2 of 2/,
  );
  expect(words).toMatch(
    /Needs you ▲ approval mara asks to make handbook v4 “live”.* ✕ dead letters 3 events could not be handled/,
  );
  expect(words).toContain("Copy as command : npx millrace dead-letters");
  expect(words).toMatch(/What changed handbook v3 was promoted by rule canary-healthy 21 s ago/);
  kit.show("empty");
  expect(await kit.words("/")).toContain(
    "Nothing needs you Looked at approvals, alerts, runs and dead letters just now.",
  );
  kit.show("down");
  expect(await kit.words("/")).toContain("Could not be read: approvals, alerts, runs, and dead letters");
});

test("a page has a title that says what it shows", async () => {
  kit.show("serving");
  expect(await (await kit.get(RUN)).text()).toMatch(/<title>Overview of handbook /);
  expect(await (await kit.get(`${RUN}/recipe`)).text()).toMatch(/<title>Recipe of handbook /);
  const titles = ["/corpus", "/deployments?model=handbook", "/monitor", "/events"].map(
    async (path) => /<title>(.*?) · Millrace/.exec(await (await kit.get(path)).text())?.[1],
  );
  expect(await Promise.all(titles)).toEqual([
    "Corpus of handbook run-8f14e45f",
    "Deployments of handbook",
    "Monitor of handbook",
    "What led to what in handbook run-8f14e45f",
  ]);
});

test("Corpus shows each signal beside its threshold", async () => {
  kit.show("serving");
  expect(await kit.words("/corpus?reason=repeated_lines")).toContain("duplicate line share 0.61 , the limit is 0.30");
});

test("Corpus is broken down by folder and licence, and each leads to its documents", async () => {
  kit.show("serving");
  const words = await kit.words("/corpus");
  expect(words).toContain(
    "Skipped among the sources: 5 files of types that are not read (3 .pdf, 2 without an ending), 1 link.",
  );
  expect(words).toContain("docs gives 66 % of what is kept");
  expect(words).toContain("22 % of what is kept has no licence recorded");
  const text = await (await kit.get("/corpus")).text();
  const links = [...text.matchAll(/href="(\/corpus\?[^"]*)"/g)].map(([, href]) => href?.replaceAll("&amp;", "&"));
  expect(links).toEqual(
    expect.arrayContaining([
      "/corpus?run=run-8f14e45f&under=docs#sources",
      "/corpus?run=run-8f14e45f&under=docs#documents",
      "/corpus?run=run-8f14e45f&reason=any&under=docs#documents",
      "/corpus?run=run-8f14e45f&licence=#documents",
      "/corpus?run=run-8f14e45f&licence=CC-BY-4.0#documents",
    ]),
  );
  expect(await kit.words("/corpus?under=docs")).toContain("861 documents from docs are kept");
  expect(await kit.words("/corpus?licence=")).toContain("without a recorded licence");
});

test("Duplicates show what differs between two members, word by word, and fold what is the same", async () => {
  kit.show("serving");
  const text = await (await kit.get("/corpus?reason=duplicates")).text();
  expect([...text.matchAll(/<del>([^<]+)<\/del>/g)].map(([, word]) => word)).toEqual(
    expect.arrayContaining(["March", "token"]),
  );
  expect([...text.matchAll(/<ins>([^<]+)<\/ins>/g)].map(([, word]) => word)).toEqual(
    expect.arrayContaining(["April", "key"]),
  );
  expect(text).toMatch(/[\d,]+ characters the same/);
});

test("Training compares runs: which is best, and only the settings that differ", async () => {
  kit.show("serving");
  const words = await kit.words(`${RUN}/training?with=run-1679091c`);
  expect(words).toMatch(/run-8f14e45f is best: 2\.\d\d nats a token, \d+ % below run-1679091c/);
  expect(words).toContain("3 settings differ");
  const heads = [
    ...(await (await kit.get(`${RUN}/training?with=run-1679091c`)).text()).matchAll(/<th scope="col"><code>([^<]+)/g),
  ];
  expect(heads.map(([, key]) => key)).toEqual(["steps", "warmupSteps", "sources"]);
  expect((await kit.get(`${RUN}/training?with=run-nobody`)).status).toBe(404);
});

/** Numbers of the trials in the order of the page's table. */
function trialsIn(text: string): number[] {
  return [...text.matchAll(/<th scope="row">\s*(\d+)/g)].map(([, number]) => Number(number)).slice(-10);
}

test("the trials of a search stand in a tab of their run, ordered as the address says, and as files", async () => {
  kit.show("serving");
  const page = async (path: string): Promise<string> => (await kit.get(path)).text();
  const text = await page(`${RUN}/trials`);
  expect(text).toContain("Trial 3 is best with");
  expect(text).toContain("10 trials: 7 complete, 2 given up, 1 failed");
  // The curves have axes: nats a token, and steps.
  for (const label of [">3<", ">4<", ">0<", ">400<"]) expect(text).toContain(label);
  expect(trialsIn(text).slice(0, 2)).toEqual([3, 6]);
  expect(text).toMatch(/aria-sort="ascending"[^<]*>\s*<a href="[^"]*sort=-loss/);
  expect(trialsIn(await page(`${RUN}/trials?sort=-train.learningRate`)).slice(0, 2)).toEqual([4, 1]);
  expect(await page(`${RUN}/trials.csv`)).toMatch(
    /^number,trialId,state,objective,[^]*\r\n3,run-8f14e45f\.t3,completed,/,
  );
  const link = `href="${RUN}/trials"`;
  expect(await page(RUN)).toContain(link);
  kit.show("training");
  expect(await page(RUN)).not.toContain(link);
  expect(await page(`${RUN}/trials`)).toContain("This run searches nothing, or no trial has begun.");
});

test("a run's page tells how many conversations the chat template refused, and why", async () => {
  kit.show("training");
  const words = await kit.words(RUN);
  expect(words).toContain("The chat template refused 23 conversations: nothing is learnt from them");
  expect(words).toContain("talks/support.jsonl#14 Conversation roles must alternate user/assistant/user/assistant");
  expect(words).toContain("And 21 others.");
  kit.show("serving");
  expect(await kit.words(RUN)).not.toContain("refused");
});

test("the training page says which node has which stage of the model, and how long it waits", async () => {
  kit.show("training");
  const page = async (path: string): Promise<string> => (await kit.get(path)).text();
  const shown = (await page(`${RUN}/training`)).replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  expect(shown).toContain("node-1 1 of 2: embedding, head, layer 1 14 % 11 %");
  expect(shown).toMatch(/node-2 2 of 2: layers 2-4 1\d % 11 %/);
  // 420 ms in 15 steps, give or take a wave; node-1 was alone for a part of the time.
  expect(shown).toMatch(/Node Compute Waiting Exchange of that a step [^%]* s 23\.2 ms [^%]* node-2 [^%]* s 27\.9 ms/);
  const [columns, row] = (await page(`${RUN}/nodes.csv`)).split("\r\n");
  expect(columns).toMatch(/,stage,stages,layers,leaves,waitMs,waitingShare,leastWaitingShare$/);
  expect(row).toMatch(/^node-1,.*,1,2,1,8,[\d.]+,0\.1\d+,0\.1+$/);
  kit.show("serving");
  expect(await page(`${RUN}/training`)).not.toContain("At least");
});

test.each([
  ["/corpus?run=run-0123abcd", "run-0123abcd"],
  ["/events?run=run-0123abcd", "run-0123abcd"],
  [`${RUN}/training?with=run-0123abcd`, "3 settings differ"],
])("%s finds a run that is too old to be listed", async (path, words) => {
  kit.show("serving");
  const response = await kit.get(path);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(words);
});

test("a form that names runs one by one leads to the short address", async () => {
  const response = await kit.get(`${RUN}/training?with=run-2&with=run-3&with=run-2`);
  expect([response.status, response.headers.get("location")]).toEqual([303, `${RUN}/training?with=run-2,run-3`]);
});

test("charts are given as CSV, and to nobody without a session", async () => {
  kit.show("serving");
  const first = async (path: string): Promise<string[]> =>
    (await (await kit.get(path)).text()).split("\r\n").slice(0, 2);
  expect(await first(`${RUN}/training.csv?with=run-1679091c`)).toEqual([
    expect.stringMatching(/^run,step,loss/),
    expect.stringMatching(/^run-8f14e45f,10,/),
  ]);
  expect(await first(`${RUN}/nodes.csv`)).toEqual([
    "node,generation,step,computeMs,exchangeMs,idleMs,sentBytes,steps",
    expect.stringMatching(/^node-1,1,15,/),
  ]);
  expect(await first(`${RUN}/bits.csv`)).toEqual(["predictor,bitsPerByte", "model,1.71"]);
  expect(await first("/corpus/waterfall.csv?run=run-8f14e45f")).toEqual(["part,documents,bytes", "read,1198,5310900"]);
  expect(await first("/corpus/sources.csv?run=run-8f14e45f")).toEqual([
    "path,keptDocuments,keptBytes,droppedDocuments,droppedBytes",
    "docs,512,2204000,143,901200",
  ]);
  for (const path of [
    `${RUN}/training.csv`,
    `${RUN}/bits.csv`,
    `${RUN}/nodes.csv`,
    "/corpus/waterfall.csv",
    "/corpus/sources.csv",
  ]) {
    expect([path, (await fetch(kit.url + path)).status]).toEqual([path, 401]);
  }
});

test("Document tells its life up to the deployments", async () => {
  kit.show("serving");
  const words = await kit.words("/documents/doc-1");
  expect(words).toContain("It stands in 1 corpus. 2 versions were trained on it, newest handbook v3.");
  expect(words).toMatch(
    /Source .* Shard shard 0 of .* Tokens 790 tokens .* Runs .* Versions handbook v3 .* Deployments handbook v3 .*live, 100 % of traffic/,
  );
  expect(words).toContain("npx millrace trace doc-1");
});

test("a version says what it was made of then, and how much of it was forgotten since", () => {
  const known = { report: { ...report, forgottenSince: { documents: 1, bytes: 1000 } }, training: undefined };
  expect(madeFrom({ ...known, licences: undefined, chats: false })).toMatch(
    /^862 documents, 3\.4 MB of text, of 1,198 read \(1 of them forgotten since\)\.$/,
  );
});

test("Version says in plain words what it is made of, what it is good for, and how it stands to the champion", async () => {
  kit.show("serving");
  const words = await kit.words("/models/handbook/3");
  expect(words).toMatch(/Made from 861 documents, 3\.4 MB of text, of 1,198 read; 900 steps on 2 nodes/);
  expect(words).toContain("CC-BY-4.0 for 652 documents, none recorded for 209 documents");
  expect(words).toMatch(
    /Good for Continuing text like that of its corpus, in English .* Not good for Answering questions/,
  );
  expect(words).toContain("It is the live version, so there is none to compare it with.");
  expect(words).toMatch(/All \d gates passed/);
  expect(words).toContain("87 % of 47 ratings say good");
  expect(words).toMatch(/View as table, and 1 more .* tokenizer 2048 tokens 666666 learnt from 555555/);
  expect(words).toMatch(/folder\/config\.json of the export 4\.3 MB 222222/);
  const before = await kit.words("/models/handbook/2");
  expect(before).toMatch(/6 % worse than v3, the champion .* This model 1\.82 v3, champion 1\.71/);
  expect(before).toContain("on top of hf:millers/grist@0123456789abcdef0123456789abcdef01234567.");
  expect(before).toContain("The base model: apache-2.0.");
  const fresh = await kit.words("/models/handbook/1");
  expect(fresh).toContain("Predicting text: counting its tokens does as well or better");
  expect(fresh).toContain("Comparing with others: its training was stopped before its end");
});

test("Version is deployed from its card where it can be: at once when ready, else after its effect was stated", async () => {
  kit.show("serving");
  const before = await (await kit.get("/models/handbook/2")).text();
  expect(before).toMatch(/class="button primary" href="\/deployments\/handbook\/2\/start"/);
  expect(await (await kit.get("/models/handbook/3")).text()).not.toContain("/start");
  expect(await kit.words("/models/handbook/1")).toContain("Not packaged yet");
  expect((await kit.get("/models/handbook/99")).status).toBe(404);
});

test("Search names every version that was trained on what is searched", async () => {
  kit.show("serving");
  expect(await kit.words("/search?q=token")).toContain("in handbook v3 , v2");
});

test("the race and the stages say what they show, also as rows", async () => {
  kit.show("serving");
  const words = await kit.words(RUN);
  expect(words).toContain("Training took most: 3 min 34 s of 5 min 10 s");
  expect(words).toMatch(/View as table .* left out: repeated lines 520,300 .* kept 3,362,000/);
});

test("Training says what is exact, and how to verify it", async () => {
  kit.show("serving");
  const words = await kit.words(`${RUN}/training`);
  expect(words).toContain("exact · 2 nodes · 777777");
  expect(words).toContain("npx millrace verify handbook@3");
});

test("Training tells how fast it goes, of how much the machine is capable, and what else was measured", async () => {
  kit.show("serving");
  const words = await kit.words(`${RUN}/training`);
  expect(words).toMatch(/9,\d{3} tokens a second, 61 % of what matrix products alone reach here/);
  expect(words).toMatch(/gradient norm 0\.60\d at most 2\.\d\d learning rate 3\.0e-3 at most 3\.0e-3/);
});

test("Training exports the curve as CSV", async () => {
  kit.show("serving");
  const [head, first] = (await (await kit.get(`${RUN}/training.csv`)).text()).split("\r\n");
  expect(head).toBe("step,loss,validationLoss,gradientNorm,learningRate,tokensPerSecond,productShare,elapsedSeconds");
  expect(first).toMatch(/^10,[\d.]+,,/);
});

test("a page that is not there answers 404 as a page", async () => {
  const response = await kit.get("/nowhere");
  expect([response.status, response.headers.get("content-type")]).toEqual([404, "text/html; charset=UTF-8"]);
});

test("Cancel and Resume lead to the run", async () => {
  kit.show("failed");
  expect((await kit.press(`${RUN}/cancel`)).headers.get("location")).toBe(RUN);
  expect((await kit.press(`${RUN}/resume`)).headers.get("location")).toBe(RUN);
});

/** The recipe as the page gives it, to be changed. */
async function givenRecipe(): Promise<string> {
  kit.show("serving");
  const text = await (await kit.get(`${RUN}/again`)).text();
  const inside = /<textarea[^>]*>\n([^<]*)<\/textarea/.exec(text)?.[1] ?? "";
  return inside.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

describe("Run again with changes", () => {
  const key = crypto.randomUUID();
  test("starts a run with the recipe that was edited, once for each change", async () => {
    const recipe = (await givenRecipe()).replace("steps: 900", "steps: 1200");
    const response = await kit.press(`${RUN}/again`, { key, recipe });
    expect([response.status, response.headers.get("location")]).toEqual([303, "/runs/run-2"]);
    await kit.press(`${RUN}/again`, { key, recipe });
    await kit.press(`${RUN}/again`, { key, recipe: recipe.replace("1200", "1300") });
    const [first, second, third] = kit.posted("/api/automation/runs").map((body) => StartRun.parse(body));
    expect(first?.recipe.train.steps).toBe(1200);
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey);
    expect(third?.idempotencyKey).not.toBe(first?.idempotencyKey);
  });

  test("says what is wrong in the words of the command line, and keeps what was typed", async () => {
    const recipe = (await givenRecipe()).replace("steps: 900", "steps: many # a lot");
    const response = await kit.press(`${RUN}/again`, { key, recipe });
    const text = await response.text();
    expect(response.status).toBe(422);
    expect(text).toContain("train.steps: expected a positive integer, found &quot;many&quot;");
    expect(text).toContain("steps: many # a lot");
  });

  test("shows what differs from the run before", async () => {
    const recipe = (await givenRecipe()).replace("steps: 900", "steps: 1200");
    const response = await kit.press(`${RUN}/again/check`, { key, recipe });
    expect(await wordsOf(response.clone())).toContain("train.steps 900 1200");
    expect(await response.text()).toContain('data-copy="npx millrace run --again run-8f14e45f --set train.steps=1200"');
  });

  test("refuses other folders, other sites and forms without a key", async () => {
    const recipe = (await givenRecipe()).replace("path: docs", "path: /etc");
    const elsewhere = await kit.press(`${RUN}/again`, { key, recipe });
    expect([elsewhere.status, await elsewhere.text()]).toEqual([
      422,
      expect.stringContaining("sources.0.path: expected"),
    ]);
    expect((await kit.press(`${RUN}/again`, { recipe })).status).toBe(400);
    const headers = { cookie: kit.cookie, origin: "http://evil.example" };
    const body = new URLSearchParams({ key, recipe: await givenRecipe() });
    const foreign = await fetch(`${kit.url}${RUN}/again`, { method: "POST", body, headers, redirect: "manual" });
    expect(foreign.status).toBe(403);
  });
});

test("the playground chats where a version knows how a conversation is written, and offers it nowhere else", async () => {
  kit.show("serving");
  expect(await kit.words("/playground")).toContain("These are base models: they continue text.");
  kit.show("canary");
  expect(await kit.words("/playground")).toContain("Continue text Chat (handbook v4)");
  const asked = { left: "handbook@4", mode: "chat", prompt: "How do I\r\ninstall it?", maxTokens: "30", seed: "" };
  const text = await (await kit.press("/playground", asked)).text();
  expect(kit.posted("/v1/chat/completions").at(-1)).toMatchObject({
    model: "handbook@4",
    messages: [{ role: "user", content: "How do I\ninstall it?" }],
    max_tokens: 30,
    temperature: 0.8,
  });
  expect(text).toContain("2 spans stand word for word in the corpus");
});

test("the playground asks at first for no more tokens than the context of the versions has room for", async () => {
  kit.show("canary");
  const most = async (path: string): Promise<string | undefined> =>
    /name="maxTokens"[^>]*value="(\d*)"/.exec(await (await kit.get(path)).text())?.[1];
  expect(await most("/playground")).toBe("64");
  expect(await most("/playground?left=handbook%403&right=handbook%404")).toBe("48");
  expect(await most("/playground?left=handbook%404&maxTokens=80")).toBe("80");
});

test("the n-gram model of a version is asked of feature, with what it copies marked, and cannot chat", async () => {
  kit.show("canary");
  expect(await kit.words("/playground")).toContain("n-gram of handbook v3");
  const asked = { left: "handbook@4", right: "ngrams:handbook@3", prompt: "To install", maxTokens: "30", seed: "7" };
  const page = await kit.press("/playground", asked);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("right-span-2")]);
  const wanted = { model: "handbook@3", prompt: "To install", maxTokens: 30, temperature: 0.8, seed: 7 };
  expect(kit.posted("/api/feature/ngrams").at(-1)).toEqual(wanted);
  expect(kit.posted("/api/feature/verbatim").map((one) => (one as { model: string }).model)).toContain("handbook@3");
  const refused = await kit.press("/playground", { ...asked, mode: "chat" });
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("cannot chat")]);
});

test("what is no question is not asked: the playground says why and keeps what was written", async () => {
  kit.show("serving");
  const response = await kit.press("/playground", { left: "handbook@3", prompt: "The mill", maxTokens: "many" });
  const text = await response.text();
  expect(response.status).toBe(422);
  expect(text).toMatch(/Not asked[\s\S]*maxTokens/);
  expect(text).toContain("The mill</textarea");
});

test("the playground tells a field that is wrong also where two others do not go together", async () => {
  kit.show("canary");
  const asked = { right: "ngrams:handbook@3", mode: "chat", prompt: "The mill", maxTokens: "many" };
  const refused = await kit.press("/playground", asked);
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringMatching(/Not asked[\s\S]*maxTokens/)]);
  const looked = await kit.get(`/playground?${new URLSearchParams(asked)}`);
  expect([looked.status, await looked.text()]).toEqual([200, expect.stringContaining("The mill</textarea")]);
});

test("a file of a version leads to no other address of the registry", async () => {
  kit.show("serving");
  const asked: string[] = [];
  const end = kit.onAsked((path) => asked.push(path));
  for (const path of ["..%2F..%2F..%2Fkeys", "..%2Ffiles", "onnx%2F.%2Fmodel.onnx"]) {
    expect((await kit.get(`/models/handbook/3/files/${path}`)).status, path).toBe(404);
  }
  end();
  expect(asked.filter((path) => path.startsWith("/api/registry"))).toEqual([]);
});

test("the list of runs asks for the deployments only where a run has failed", async () => {
  const asked: string[] = [];
  const end = kit.onAsked((path) => asked.push(path.replace(/\?.*/, "")));
  kit.show("serving");
  await kit.get("/runs");
  expect(asked).not.toContain("/api/deployer/deployments");
  kit.show("failed");
  await kit.get("/runs");
  end();
  expect(asked).toContain("/api/deployer/deployments");
});

test("an action whose service is down says so", async () => {
  kit.show("down");
  const response = await kit.press(`${RUN}/cancel`);
  expect(response.status).toBe(502);
  expect(await response.text()).toContain("the database does not answer");
});

test("what a service does not have is told in its own words", async () => {
  kit.show("serving");
  const response = await kit.get("/runs/none/again");
  expect(response.status).toBe(404);
  expect(await response.text()).toContain("/api/automation/runs/none: there is none");
});

test("the theme is kept in a cookie and leads back to this site only", async () => {
  const kept = await kit.press("/theme", { theme: "dark", return: "/corpus?run=a" });
  expect([kept.headers.get("location"), kept.headers.get("set-cookie")]).toEqual([
    "/corpus?run=a",
    expect.stringContaining("millrace_theme=dark"),
  ]);
  const away = await kit.press("/theme", { theme: "dark", return: "//evil.example" });
  expect(away.headers.get("location")).toBe("/");
});

test("a choice of the frame that there is not is refused, and none is kept", async () => {
  for (const [path, form] of [
    ["/theme", { theme: "evil" }],
    ["/theme", {}],
    ["/rail", { rail: "gone" }],
  ] as const) {
    const refused = await kit.press(path, form);
    expect([refused.status, refused.headers.get("set-cookie")]).toEqual([400, null]);
  }
});

test("/live tells of the run's changes alone", async () => {
  const response = await kit.get("/live?run=run-8f14e45f");
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = (response.body as ReadableStream<BufferSource>).pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe(": open\n\n");
  await kit.progress("run-other");
  const change = `event: change\ndata: {"type":"${EVENTS.stageProgressed.type}"}\n\n`;
  await kit.progress("run-8f14e45f");
  expect((await reader.read()).value).toBe(change);
  await kit.progress("run-8f14e45f", "traffic of its version");
  expect((await reader.read()).value).toBe(change);
  await reader.cancel();
});

test("all scripts together stay below 60 KB as they are sent", async () => {
  const { version, files } = readAssets();
  const scripts = [...files.keys()].filter((name) => name.endsWith(".js"));
  const headers = { "accept-encoding": "gzip", cookie: kit.cookie };
  const sent = await Promise.all(scripts.map((name) => kit.raw(`/static/${version}/${name}`, headers)));
  const sizes = sent.map(({ byteLength }) => byteLength);
  expect(Math.min(...sizes)).toBeGreaterThan(100);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000);
});
