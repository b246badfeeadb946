import type { Page } from "playwright-core";
import { beforeEach, expect, test } from "vitest";
import { describeInBrowser } from "./testing/in_browser.ts";
import { layoutShift, sessionPage } from "./testing/session_page.ts";

const SPANS = ["run the installer on each host.1", "keeps one connection open. It needs no inbound port2"];
const PACE = /^first token [\d,]+ ms · ([\d,]+ tokens a second · )?25 tokens, cut at the length asked for$/;

describeInBrowser("the playground in a browser", (at) => {
  beforeEach(() => at.kit.show("canary"));

  async function open(path: string, javaScriptEnabled = true): Promise<Page> {
    const page = await sessionPage(at.browser, at.kit, { javaScriptEnabled });
    await page.goto(at.kit.url + path, { waitUntil: "load" });
    return page;
  }

  test("two versions are asked by keyboard; what stands in the corpus is underlined and leads to its document", async () => {
    const page = await open("/playground");
    expect(await page.isVisible("#right")).toBe(false);
    await page.selectOption("select[name=right]", "handbook@4");
    await page.focus("textarea");
    await page.keyboard.type("To install\nthe agent,");
    await page.keyboard.press("Control+Enter");
    for (const side of ["left", "right"]) {
      await page.waitForSelector(`#${side} .sources-of`);
      expect(await underlined(page, side)).toEqual(SPANS);
      expect(await page.textContent(`#${side} .pace`)).toMatch(PACE);
    }
    const asked = at.kit.posted("/v1/completions") as { model: string; prompt: string }[];
    // Both are asked at once, and either may come first.
    expect(asked.map(({ model, prompt }) => [model, prompt]).toSorted()).toEqual([
      ["handbook@3", "To install\nthe agent,"],
      ["handbook@4", "To install\nthe agent,"],
    ]);
    expect(new URL(page.url()).searchParams.get("prompt")).toBe("To install\nthe agent,");
    await page.click("#left a.verbatim >> nth=1");
    await page.click("#left-span-2 a");
    await page.waitForURL("**/documents/doc-1?*#span");
    expect(await page.textContent("#span")).toBe(" keeps one connection open. It needs no inbound port");
  });

  test("without a script the form gives whole answers with the same underlined", async () => {
    const page = await open("/playground", false);
    await page.fill("textarea", "To install the agent,");
    await page.selectOption("select[name=right]", "ngrams:handbook@3");
    await page.click("[data-ask]");
    expect(await underlined(page, "left")).toEqual(SPANS);
    expect(await underlined(page, "right")).toEqual(SPANS);
    expect(await page.textContent("#left .pace")).toMatch(PACE);
    expect(await page.inputValue("textarea")).toBe("To install the agent,");
  });

  test("nothing moves while a page is loaded and while answers come", async () => {
    const page = await open("/models/handbook/3");
    for (const path of [
      "/",
      "/models/handbook/3",
      "/playground?left=handbook%403&right=ngrams%3Ahandbook%403&prompt=To",
    ]) {
      await page.goto(at.kit.url + path, { waitUntil: "load" });
      expect([path, await layoutShift(page)]).toEqual([path, 0]);
    }
    await page.click("[data-ask]");
    for (const side of ["left", "right"]) await page.waitForSelector(`#${side} .sources-of`);
    expect(await page.textContent("#right h2")).toBe("n-gram of handbook v3");
    expect(await layoutShift(page)).toBeLessThan(0.01);
  });

  test("the code that is copied asks what is written", async () => {
    const page = await open("/playground");
    await page.fill("textarea", "It's a mill");
    await page.fill("input[name=seed]", "7");
    const copied = page.getByRole("button", { name: "Copy as curl" });
    await expect.poll(() => copied.getAttribute("data-copy")).toContain('"seed":7');
    await copied.focus();
    await page.keyboard.press("Enter");
    await expect
      .poll(() => page.evaluate("navigator.clipboard.readText()"))
      .toContain(`{"model":"handbook@3","prompt":"It'\\''s a mill","max_tokens":64,"temperature":0.8,"seed":7}`);
  });

  test("what the gateway refuses is said where the answer would stand", async () => {
    const page = await open("/playground");
    await page.fill("textarea", "To install the agent,");
    at.kit.show("down");
    await page.click("[data-ask]");
    await page.waitForSelector("#left [role=alert]");
    expect(await page.textContent("#left [role=alert]")).toContain("No answer: reading rows of inference");
    expect(await page.isEnabled("[data-ask]")).toBe(true);
  });
});

async function underlined(page: Page, side: string): Promise<string[]> {
  const texts = await page.locator(`#${side} a.verbatim`).allTextContents();
  return texts.map((text) => text.trim());
}
