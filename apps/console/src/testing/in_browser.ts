import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { chromiumPath, openBrowser } from "./browser.ts";
import { type ConsoleKit, openConsoleKit } from "./console_kit.ts";

/** A console and a browser to look at it with, from the first test of a suite to its last. */
export interface InBrowser {
  readonly kit: ConsoleKit;
  readonly browser: Browser;
}

/**
 * A suite of tests in a browser. Where there is none it is skipped, and the reason is told.
 * @param suite Declares the tests; what it is given is there while they run.
 */
export function describeInBrowser(what: string, suite: (at: InBrowser) => void): void {
  const missing = chromiumPath() === undefined ? "no Chromium on the path or in CHROMIUM_PATH" : undefined;
  if (missing) console.warn(`${what}: skipped: ${missing}`);
  describe.skipIf(missing)(what, () => {
    const at = {} as { kit: ConsoleKit; browser: Browser };
    beforeAll(async () => {
      at.kit = await openConsoleKit();
      at.browser = await openBrowser();
    });
    afterAll(async () => {
      await at.browser.close();
      await at.kit.close();
    });
    suite(at);
  });
}
