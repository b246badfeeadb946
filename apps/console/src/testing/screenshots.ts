/** `node screenshots.ts <folder> [filter]`: each page in its states, light, dark and on a phone, as pictures to be looked at. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openBrowser } from "./browser.ts";
import { openConsoleKit } from "./console_kit.ts";
import { act, PAGES } from "./page_list.ts";

const [folder = "screenshots", filter = ""] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const kit = await openConsoleKit();
const browser = await openBrowser();
try {
  for (const shown of PAGES) {
    const { name, scene, path } = shown;
    kit.show(scene);
    for (const look of ["light", "dark", "phone"] as const) {
      const title = `${name}-${scene}-${look}`;
      if (!title.includes(filter)) continue;
      const page = await browser.newPage({
        viewport: look === "phone" ? { width: 390, height: 844 } : { width: 1360, height: 860 },
        colorScheme: look === "dark" ? "dark" : "light",
        extraHTTPHeaders: { cookie: kit.cookie },
      });
      page.on("console", (message) => console.log(title, message.text()));
      page.on("pageerror", (error) => console.log(title, error.message));
      await page.goto(kit.url + path, { waitUntil: "load" });
      await page.waitForFunction(() => document.fonts.status === "loaded");
      await act(page, shown);
      await page.screenshot({ path: join(folder, `${title}.png`), fullPage: shown.press === undefined });
      await page.close();
    }
  }
} finally {
  await browser.close();
  await kit.close();
}
