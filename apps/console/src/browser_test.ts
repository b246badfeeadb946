import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { describeInBrowser } from "./testing/in_browser.ts";
import { act, PAGES } from "./testing/page_list.ts";
import { layoutShift, sessionPage } from "./testing/session_page.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describeInBrowser("the console in a browser", (at) => {
  const open = (colorScheme: "light" | "dark", width: number): Promise<Page> =>
    sessionPage(at.browser, at.kit, { viewport: { width, height: 860 }, colorScheme, reducedMotion: "reduce" });

  describe("a page", () => {
    let page: Page;
    beforeAll(async () => {
      page = await open("dark", 390);
    });

    describe.each(PAGES)("$name when $scene has no serious fault for assistive technology", (shown) => {
      // On a phone, where it is tight; what a script draws grows with its place afterwards.
      beforeAll(async () => {
        at.kit.show(shown.scene);
        await look(page, "dark", 390);
        await page.goto(at.kit.url + shown.path, { waitUntil: "load" });
        await act(page, shown);
        // Through the debugger, which the page's policy does not bind.
        await page.evaluate(axe);
      });

      test.each([
        ["dark", 390],
        ["light", 1360],
      ] as const)("%s, %i px wide", async (colorScheme, width) => {
        await look(page, colorScheme, width);
        const { violations } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        const found = serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        const tooWide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
        expect({ found, tooWide, scroll: await scrolling(page, shown.name, width) }).toEqual({
          found: [],
          tooWide: false,
          scroll: [],
        });
      });
    });
  });

  test("tables that have room do not scroll", async () => {
    at.kit.show("serving");
    const page = await open("light", 1280);
    for (const path of ["/models", "/runs", "/corpus", "/runs/run-8f14e45f/events"]) {
      await page.goto(at.kit.url + path, { waitUntil: "load" });
      const widths = await page.$$eval(".scroll", (all) => all.map((one) => [one.scrollWidth, one.clientWidth]));
      expect(
        widths.filter(([whole = 0, seen = 0]) => whole > seen),
        path,
      ).toEqual([]);
    }
  });

  test("the names of the stages stand apart on a phone", async () => {
    at.kit.show("serving");
    const page = await open("light", 390);
    await page.goto(at.kit.url, { waitUntil: "load" });
    await page.evaluate("document.fonts.ready");
    const names = await page.$$eval(".race .noun", (all) =>
      all.map((one) => one.getBoundingClientRect()).map(({ left, right }) => ({ left, right })),
    );
    expect(names).toHaveLength(7);
    const gaps = names.slice(1).map(({ left }, index) => left - (names[index]?.right ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(5);
  });

  test("Training draws the chart in the place kept for it, with no error and no shift", async () => {
    at.kit.show("serving");
    const page = await open("light", 1360);
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    await page.goto(`${at.kit.url}/runs/run-8f14e45f/training`, { waitUntil: "load" });
    await page.waitForSelector(".uplot canvas");
    const shifted = await layoutShift(page);
    expect(faults).toEqual([]);
    expect(shifted).toBeLessThan(0.01);
  });

  test("runs are chosen for comparison by keyboard, and Back leads back", async () => {
    at.kit.show("serving");
    const page = await open("light", 1360);
    await page.goto(`${at.kit.url}/runs/run-8f14e45f/training`, { waitUntil: "load" });
    await page.focus(".picker input");
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/training?with=run-1679091c");
    await page.waitForSelector(".compared.curve canvas");
    const { x, y, width, height } = (await page.locator(".u-over").boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    };
    await page.mouse.move(x + width / 2, y + height / 2);
    for (const run of ["run-8f14e45f", "run-1679091c"]) {
      await expect.poll(() => page.textContent(`[data-value="${run}"]`)).toMatch(/^\d\.\d{3}$/);
    }
    await page.goBack();
    expect(new URL(page.url()).search).toBe("");
  });

  test("a recipe is checked while it is edited, then started", async () => {
    at.kit.show("serving");
    const page = await open("light", 1360);
    await page.goto(`${at.kit.url}/runs/run-8f14e45f/again`, { waitUntil: "load" });
    const text = await page.inputValue("textarea");
    await page.fill("textarea", text.replace("steps: 900", "steps: many"));
    await page.waitForSelector("#check .problems");
    expect(await page.textContent("#check")).toContain('train.steps: expected a positive integer, found "many"');
    expect(await page.getAttribute("textarea", "aria-invalid")).not.toBeNull();
    await page.fill("textarea", text.replace("steps: 900", "steps: 1200"));
    await page.waitForSelector("#check table");
    expect(await page.textContent("#check")).toMatch(/train\.steps\s+900\s+1200/);
    expect(await page.getAttribute("textarea", "aria-invalid")).toBeNull();
    await page.click("text=Start run");
    await page.waitForURL("**/runs/run-2");
  });

  test("a live page shows what changed without being loaded again", async () => {
    at.kit.show("training");
    const page = await open("light", 1360);
    await page.goto(at.kit.url, { waitUntil: "load" });
    const opened = await page.evaluate<number>("performance.timeOrigin");
    at.kit.show("serving");
    // The stream may not be open yet: it is told until the page has heard.
    await expect
      .poll(
        async () => {
          await at.kit.progress("run-8f14e45f");
          return page.textContent("#lead h2");
        },
        { timeout: 20_000, interval: 250 },
      )
      .toContain("handbook is served");
    expect(await page.evaluate<number>("performance.timeOrigin")).toBe(opened);
  });

  test("a page that loses the stream dims its numbers and says as of when they are", async () => {
    at.kit.show("training");
    const page = await open("light", 1360);
    await page.route("**/live?*", (route) => route.abort());
    await page.goto(at.kit.url, { waitUntil: "load" });
    await expect.poll(() => page.textContent("#as-of"), { timeout: 20_000 }).toMatch(/^as of .*, reconnecting$/);
    expect(await page.evaluate("getComputedStyle(document.getElementById('lead')).opacity")).toBe("0.55");
  });
});

/** Gives the page another look, and waits until it is drawn so. */
async function look(page: Page, colorScheme: "light" | "dark", width: number): Promise<void> {
  await page.setViewportSize({ width, height: 860 });
  await page.emulateMedia({ colorScheme });
  await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
}

/** Tables that go on beyond their edge: none on the pages that fit a phone; on others each can be reached by keyboard. */
async function scrolling(page: Page, name: string, width: number): Promise<string[]> {
  const fits = width < 640 && ["home", "run", "deployments"].includes(name);
  const all = await page.$$eval(".scroll", (regions) =>
    regions
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ tabIndex, firstElementChild }) => ({ tabIndex, look: firstElementChild?.className ?? "" })),
  );
  return all.filter(({ tabIndex }) => fits || tabIndex !== 0).map(({ look }) => look);
}
