/** Deployments, Monitor, Events and Automation in a browser: charts, keys, and acts by keyboard. */
import type { Page } from "playwright-core";
import { beforeEach, expect, test } from "vitest";
import { describeInBrowser } from "./testing/in_browser.ts";
import { layoutShift, sessionPage } from "./testing/session_page.ts";

describeInBrowser("operations in a browser", (at) => {
  const faults: string[] = [];
  beforeEach(() => at.kit.show("canary"));

  async function open(path: string): Promise<Page> {
    const page = await sessionPage(at.browser, at.kit);
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    await page.goto(at.kit.url + path, { waitUntil: "load" });
    return page;
  }

  test("Monitor draws its charts in the place kept for them, and one cursor tells the values in all", async () => {
    const page = await open("/monitor");
    await page.waitForFunction(() => document.querySelectorAll(".timeline canvas").length === 4);
    expect(await layoutShift(page)).toBeLessThan(0.01);
    const box = await page.locator("#first-token .u-over").boundingBox();
    await page.mouse.move((box?.x ?? 0) + 0.8 * (box?.width ?? 0), (box?.y ?? 0) + 40);
    for (const chart of ["first-token", "latency", "tokens"]) {
      await expect.poll(() => page.textContent(`#${chart} [data-value="v3"]`)).toMatch(/^\d/);
      await expect.poll(() => page.textContent(`#${chart} [data-value="time"]`)).toMatch(/^\d\d:\d\d:\d\d$/);
    }
    expect(faults).toEqual([]);
  });

  test("charts take up a version that is gone when the page reads itself again", async () => {
    const page = await open("/monitor");
    await page.waitForFunction(() => document.querySelectorAll(".timeline canvas").length === 4);
    at.kit.show("serving");
    await expect
      .poll(
        async () => {
          await at.kit.progress("run-8f14e45f");
          return page.textContent("h1");
        },
        { timeout: 20_000, interval: 250 },
      )
      .toBe("Nothing is wrong");
    await page.waitForFunction(() => document.querySelectorAll(".timeline canvas").length === 4);
    await expect.poll(() => page.locator('#tokens [data-value="v4"]').count()).toBe(0);
  });

  test("a canary is rolled back by keyboard, with its name", async () => {
    const page = await open("/deployments");
    await page.locator("text=Roll back").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/deployments/handbook/4/abort");
    await page.getByLabel("Type handbook@4 to go on").focus();
    await page.keyboard.type("handbook@4");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/deployments?model=handbook");
    expect(at.kit.posted("/api/deployer/rollouts")).toHaveLength(1);
  });
});
