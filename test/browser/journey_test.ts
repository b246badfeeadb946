/**
 * A person's way through the console, in a real browser and on a real installation: log in, watch a run to its end, start the next one,
 * see where its version comes from, try it.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, openBrowser } from "../../apps/console/src/testing/browser.ts";
import { millrace, type Running, TINY } from "../kit/millrace.ts";
import { newDataFolder } from "../kit/prepared.ts";

const missing = chromiumPath() === undefined ? "no Chromium on the path or in CHROMIUM_PATH" : undefined;
if (missing) console.warn(`the journey through the console is skipped: ${missing}`);
const MINUTES = 60_000;
/** Better than the run before by as much as the gates want, whatever the machine. */
const [FEW_STEPS, MORE_STEPS] = [40, 400];

describe.skipIf(missing)("the journey through the console", { timeout: 5 * MINUTES }, () => {
  let folder: string;
  let running: Running;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** Origin of the console. */
  let origin: string;
  /** Logs one browser in. */
  let link: string;
  const faults: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-journey-"));
    const dataDir = join(folder, "data");
    await newDataFolder(dataDir);
    running = millrace(["run", TINY, "--set", `train.steps=${FEW_STEPS}`, "--json", "--data-dir", dataDir]);
    browser = await openBrowser();
    context = await browser.newContext({ viewport: { width: 1360, height: 860 } });
    page = await context.newPage();
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("response", (answer) => answer.status() >= 400 && faults.push(`${answer.status()} ${answer.url()}`));
    link = String((await running.until(({ kind }) => kind === "started"))["console"]);
    origin = new URL(link).origin;
  }, 2 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    running?.process.kill("SIGINT");
    await running?.ended();
    await rm(folder, { recursive: true, force: true });
  }, MINUTES);

  test("the link that the command prints logs one browser in, once", async () => {
    await page.goto(link);
    await page.waitForURL(`${origin}/`);
    expect(await page.title()).toBe("Home · Millrace");
    const another = await browser.newContext();
    const late = await another.newPage();
    expect((await late.goto(link))?.status()).toBe(401);
    expect(await late.textContent("h1")).toBe("This link does not hold");
    await another.close();
  });

  test("a run is watched to its end on one page", async () => {
    await page.click("text=Open run");
    await served(page, "tiny");
    const stages = await page.locator("#stages tbody tr").count();
    expect(stages).toBe(7);
    expect(await page.locator("#stages").textContent()).not.toContain("running");
  });

  test("the next run is started from the console with a change, and watched until it serves", async () => {
    await page.click("text=Run again with changes");
    const recipe = await page.inputValue("textarea[name=recipe]");
    await page.fill("textarea[name=recipe]", recipe.replace(`steps: ${FEW_STEPS}`, `steps: ${MORE_STEPS}`));
    await page.waitForSelector("#check table");
    expect(await page.textContent("#check")).toMatch(new RegExp(`train\\.steps\\s+${FEW_STEPS}\\s+${MORE_STEPS}`));
    await Promise.all([page.waitForURL(/\/runs\/run-[0-9a-f]+$/), page.click("text=Start run")]);
    await served(page, "tiny");
    expect(await page.locator("#made").textContent()).toMatch(/Version\s*tiny v2/);
  });

  test("its version tells what it was made of, back to the corpus and the run", async () => {
    await page.click("nav.rail >> text=Versions");
    await page.getByRole("link", { name: "tiny v2", exact: true }).click();
    await page.waitForURL(`${origin}/models/tiny/2`);
    expect(await page.textContent("h1")).toBe("tiny v2");
    const lineage = page.locator("#lineage");
    for (const kind of ["corpus", "tokenizer", "checkpoint"]) expect(await lineage.textContent()).toContain(kind);
    expect(await lineage.locator(`a[href^="/runs/run-"]`).count()).toBeGreaterThan(0);
  });

  test("the version is tried in the playground, and says how quickly it answered", async () => {
    await page.click("nav.rail >> text=Playground");
    expect(await page.inputValue("select[name=left]")).toBe("tiny@2");
    await page.fill("textarea[name=prompt]", "The mill race");
    await page.click("button[data-ask]");
    await page.waitForSelector("#left .sources-of, #left .note", { timeout: MINUTES });
    expect((await page.textContent("#left .said"))?.length).toBeGreaterThan(5);
    expect(await page.textContent("#left .pace")).toMatch(/first token/);
  });

  test("nothing went wrong in the browser", () => {
    expect(faults).toEqual([]);
  });
});

/** Waits until the page tells by itself that the run is served: it is never loaded again. */
async function served(page: Page, name: string): Promise<void> {
  const opened = await page.evaluate<number>("performance.timeOrigin");
  const head = page.locator("#lead h1");
  // Other ends are told at once, with what the page says of them.
  await expect.poll(() => head.textContent(), { timeout: 4 * MINUTES }).toMatch(/is served|failed|was cancelled/);
  expect(await head.textContent(), await page.innerText("#lead")).toBe(`${name} is served`);
  expect(await page.evaluate<number>("performance.timeOrigin")).toBe(opened);
}
