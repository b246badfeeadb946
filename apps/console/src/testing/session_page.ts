import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { ConsoleKit } from "./console_kit.ts";

/** Opens an empty page of somebody who is logged in, may use the clipboard, and whose layout shifts are noted. */
export async function sessionPage(
  browser: Browser,
  kit: Pick<ConsoleKit, "url" | "cookie">,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
  const [name = "", value = ""] = kit.cookie.split("=");
  await context.addCookies([{ name, value, url: kit.url }]);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  return page;
}

/**
 * How far the page has moved what stood already, since it was loaded.
 * @see The Layout Instability API, for the unit
 */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate<number>("shifts.reduce((sum, value) => sum + value, 0)");
}
