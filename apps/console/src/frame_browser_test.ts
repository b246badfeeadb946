import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { beforeEach, expect, test } from "vitest";
import { describeInBrowser } from "./testing/in_browser.ts";
import { layoutShift, sessionPage } from "./testing/session_page.ts";

describeInBrowser("the frame in a browser", (at) => {
  beforeEach(() => at.kit.show("serving"));

  async function open(path: string, options: { width?: number; javaScriptEnabled?: boolean } = {}): Promise<Page> {
    const { width = 1360, javaScriptEnabled = true } = options;
    const page = await sessionPage(at.browser, at.kit, { viewport: { width, height: 860 }, javaScriptEnabled });
    await page.goto(at.kit.url + path, { waitUntil: "load" });
    return page;
  }

  test("Ctrl-K opens the palette; a few letters, arrows and Enter lead to a run, with nothing moved", async () => {
    const page = await open("/");
    await page.keyboard.press("Control+k");
    expect(await focused(page)).toBe("Run, document, version, hash, words or page");
    await page.waitForSelector("#palette [role=option]");
    await page.keyboard.type("run-8f14");
    await page.locator("#palette [role=option]", { hasText: "“run-8f14”" }).waitFor();
    const chosen = async (): Promise<string> =>
      (await page.getAttribute("#palette [aria-selected=true]", "href")) ?? "none";
    // The first is chosen, so Enter alone is enough for what was meant; arrows go round.
    expect(await chosen()).toBe("/runs/run-8f14e45f");
    await page.keyboard.press("ArrowUp");
    expect(await chosen()).toBe("/search?q=run-8f14");
    await page.keyboard.press("ArrowDown");
    expect(await chosen()).toBe("/runs/run-8f14e45f");
    const id = await page.getAttribute("#palette input", "aria-activedescendant");
    expect(await page.getAttribute(`#${id}`, "href")).toBe("/runs/run-8f14e45f");
    expect(await page.textContent("#palette .said")).toMatch(/^\d+ found\.$/);
    expect(await layoutShift(page)).toBe(0);
    await Promise.all([page.waitForURL("**/runs/run-8f14e45f"), page.keyboard.press("Enter")]);
  });

  test("Enter right after the last letter leads to what was written, not to what stood there before", async () => {
    const page = await open("/");
    await page.keyboard.press("Control+k");
    await page.waitForSelector("#palette [role=option]");
    await page.keyboard.type("run-1679");
    await Promise.all([page.waitForURL("**/runs/run-1679091c"), page.keyboard.press("Enter")]);
  });

  test("Escape closes the palette and gives the focus back", async () => {
    const page = await open("/runs");
    await page.focus(".go");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#palette [role=option]");
    expect(page.url()).toBe(`${at.kit.url}/runs`);
    await page.keyboard.press("Escape");
    expect(await isOpen(page, "palette")).toBe(false);
    expect(await page.evaluate("document.activeElement.classList.contains('go')")).toBe(true);
  });

  test("an older answer never replaces that to a newer question", async () => {
    const page = await open("/");
    await page.route("**/find?q=tok", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 600));
      await route.continue().catch(() => {});
    });
    await page.keyboard.press("Control+k");
    await page.waitForSelector("#palette [role=option]");
    const slow = page.waitForRequest("**/find?q=tok");
    await page.keyboard.type("tok");
    await slow;
    await page.fill("#palette input", "models");
    const models = page.locator("#palette [role=option]", { hasText: "Go to Versions" });
    await models.waitFor();
    await page.waitForTimeout(800);
    expect(await models.count()).toBe(1);
    expect(await page.locator("#palette [role=option]", { hasText: "“tok”" }).count()).toBe(0);
  });

  test("text of documents is shown in the palette and never run", async () => {
    const page = await open("/");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("token");
    await page.locator("#palette [role=option]", { hasText: "docs/rotate-a-key.md" }).waitFor();
    expect(await page.locator("#palette script, #palette img").count()).toBe(0);
    expect(await page.title()).toBe("Home · Millrace");
  });

  test("/ goes to the search box, ? shows the keys, and neither does while one types", async () => {
    const page = await open("/");
    await page.keyboard.press("/");
    expect(await focused(page)).toBe("Search the corpus");
    await page.keyboard.type("a?/b");
    expect(await page.inputValue(".find input")).toBe("a?/b");
    expect(await isOpen(page, "keys")).toBe(false);
    await page.focus("#main");
    await page.keyboard.press("?");
    expect(await isOpen(page, "keys")).toBe(true);
    expect(await page.textContent("#keys")).toContain("Go to any run");
    // One thing at a time.
    await page.keyboard.press("Control+k");
    expect(await isOpen(page, "palette")).toBe(false);
    await page.keyboard.press("Escape");
    expect(await isOpen(page, "keys")).toBe(false);
  });

  test("without a script the palette's link leads to the search, and the rail folds and stays so", async () => {
    const page = await open("/runs", { javaScriptEnabled: false });
    await page.click("nav.rail button[name=rail]");
    expect(page.url()).toBe(`${at.kit.url}/runs`);
    expect(await page.getAttribute("html", "data-rail")).toBe("narrow");
    await page.click(".go");
    expect(page.url()).toBe(`${at.kit.url}/search`);
    expect(await page.getAttribute("html", "data-rail")).toBe("narrow");
  });

  test("the rail folds to 56 px at once, and pages come folded from then on, with no shift", async () => {
    const page = await open("/runs");
    const width = async (): Promise<number> => (await page.locator("nav.rail").boundingBox())?.width ?? 0;
    expect(await width()).toBe(208);
    const kept = page.waitForResponse("**/rail");
    await page.click("nav.rail button[name=rail]");
    expect(await width()).toBe(56);
    expect(await page.getAttribute("nav.rail button[name=rail]", "aria-expanded")).toBe("false");
    await kept;
    await page.goto(`${at.kit.url}/corpus`, { waitUntil: "load" });
    expect(await width()).toBe(56);
    expect(await layoutShift(page)).toBe(0);
    expect(await page.getByRole("link", { name: "Versions" }).count()).toBe(1);
    const open208 = page.waitForResponse("**/rail");
    await page.click("nav.rail button[name=rail]");
    await open208;
    expect(await width()).toBe(208);
  });

  test("a phone has its pages at the foot, and finds the others from the top", async () => {
    const page = await open("/", { width: 390 });
    const names = await page.locator("nav.rail a:visible .short").allTextContents();
    expect(names).toEqual(["Home", "Data", "Runs", "Models", "Alerts"]);
    const bar = await page.locator("nav.rail").boundingBox();
    expect([bar?.x, bar?.width, (bar?.y ?? 0) + (bar?.height ?? 0)]).toEqual([0, 390, 860]);
    await page.click(".go");
    await page.waitForSelector("#palette [role=option]");
    await page.click("#palette button");
    expect(await isOpen(page, "palette")).toBe(false);
  });

  test("the bar tells what is worked on and how long it takes, the mode, and who is logged in", async () => {
    at.kit.show("training");
    const page = await open("/runs");
    expect(await page.textContent("#tray")).toMatch(/handbook training\s+60 %, \d+ min( \d+ s)? left/);
    expect(await page.textContent(".mode")).toBe("embedded");
    await page.click(".user");
    expect(await page.isVisible("#user")).toBe(true);
    expect(await page.textContent("#user")).toMatch(/admin[\s\S]*default[\s\S]*embedded/);
    await page.keyboard.press("Escape");
    expect(await page.isVisible("#user")).toBe(false);
  });

  test("a list is downloaded as a file, and a command is copied by keyboard", async () => {
    const page = await open("/search?q=token");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=CSV")]);
    expect(download.suggestedFilename()).toBe("search-token.csv");
    expect(await readFile(await download.path(), "utf8")).toMatch(/^documentId,title,source,passage,score\r\ndoc-1,/);
    await page.focus(".as-command .copy");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.textContent("#said")).toBe("Copied npx millrace search token");
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe("npx millrace search token");
  });

  test("a number that could not be read once is no longer dimmed when it was read again", async () => {
    at.kit.show("training");
    const page = await open("/");
    let isDown = true;
    await page.route(`${at.kit.url}/`, (route) => (isDown ? route.abort() : route.continue()));
    const dimmed = (): Promise<boolean> => page.evaluate("document.body.classList.contains('stale')");
    const change = async (): Promise<boolean> => {
      await at.kit.progress("run-8f14e45f");
      return dimmed();
    };
    await expect.poll(change, { timeout: 20_000, interval: 250 }).toBe(true);
    expect(await page.textContent("#as-of")).toMatch(/^as of \d\d:\d\d:\d\d, reconnecting$/);
    isDown = false;
    await expect.poll(change, { timeout: 20_000, interval: 250 }).toBe(false);
  });
});

function focused(page: Page): Promise<string> {
  return page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.tagName");
}

function isOpen(page: Page, id: string): Promise<boolean> {
  return page.evaluate(`document.getElementById("${id}").open`);
}
