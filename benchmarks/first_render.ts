/**
 * Question: how soon is a page of the console there? Home and a run that has ended, on an installation that did nothing else, with the
 * machine's load beside the figure. `answer` is the time to the whole page without a browser, `first paint` what Chromium tells
 * of its first contentful paint, beside that of a page with one word, which is the least it takes here. Each page is loaded a few times
 * before it counts; medians. The limit is 100 ms.
 */
import { loadavg } from "node:os";
import { type Figure, typical } from "@millrace/benchmark";
import { RunList } from "@millrace/contracts";
import type { Page } from "playwright-core";
import { chromiumPath, openBrowser } from "../apps/console/src/testing/browser.ts";
import { ask } from "../test/load/ask.ts";
import { startTarget } from "../test/load/start_target.ts";

const LIMIT_MS = 100;
const WARM_UP = 5;
const ROUNDS = 25;

/** Runs the benchmark; without a browser, answers alone. */
export async function* run(): AsyncIterable<Figure> {
  const target = await startTarget();
  try {
    const { runs } = RunList.parse(await (await ask(target, "/api/automation/runs")).json());
    const pages = { home: "/", run: `/runs/${runs[0]?.id}` };
    const link = async (): Promise<string> => {
      const answer = await ask(target, "/api/console/login-links", { method: "POST" });
      return target.address + ((await answer.json()) as { path: string }).path;
    };
    const cookie = (await fetch(await link())).headers.get("set-cookie")?.split(";")[0] ?? "";
    for (const [name, path] of Object.entries(pages)) {
      yield figure(`first_render/${name}/answer`, await sampled(() => answerMs(target.address + path, cookie)));
    }
    if (chromiumPath() === undefined) return;
    const browser = await openBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 1360, height: 860 } });
      await page.goto(await link());
      await page.waitForURL(`${target.address}/`);
      const painted = { "one word": "data:text/html,word", home: target.address, run: target.address + pages.run };
      for (const [name, url] of Object.entries(painted)) {
        yield figure(`first_render/${name}/first paint`, await sampled(() => paintMs(page, url)));
      }
    } finally {
      await browser.close();
    }
  } finally {
    await target.stop();
  }
}

async function sampled(measure: () => Promise<number>): Promise<number[]> {
  for (let round = 0; round < WARM_UP; round++) await measure();
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) samples.push(await measure());
  return samples;
}

async function answerMs(url: string, cookie: string): Promise<number> {
  const start = performance.now();
  const response = await fetch(url, { headers: { cookie }, redirect: "manual" });
  await response.text();
  if (response.status !== 200) throw new Error(`reading ${url}: found status ${response.status}, wanted 200`);
  return performance.now() - start;
}

/** From the start of the navigation. */
async function paintMs(page: Page, url: string): Promise<number> {
  await page.goto(url, { waitUntil: "load" });
  const paint = `new Promise((resolve) => new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) if (name === "first-contentful-paint") resolve(startTime);
  }).observe({ type: "paint", buffered: true }))`;
  return page.evaluate<number>(paint);
}

function figure(name: string, samples: readonly number[]): Figure {
  const own = typical(samples);
  const configuration = { rounds: ROUNDS, load: Number((loadavg()[0] ?? 0).toFixed(1)) };
  return { name, configuration, ...own, unit: "ms", peer: `the limit of ${LIMIT_MS} ms`, ratio: own.value / LIMIT_MS };
}
