/**
 * `node test/browser/picture.ts <data folder> <folder for the pictures>`: the newest run of a data folder as a light and a dark picture, for
 * the README. The data folder is that of `npm run demo -- --once`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openBrowser } from "../../apps/console/src/testing/browser.ts";
import { MAIN } from "../kit/millrace.ts";

const [data, folder] = process.argv.slice(2);
if (data === undefined || folder === undefined) throw new Error("expected a data folder and a folder for the pictures");
const services = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, "up", "--data-dir", data], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  let link = "";
  for await (const line of createInterface({ input: services.stdout })) {
    if (line.startsWith("Console:")) link = line.slice("Console:".length).trim();
    if (line.startsWith("Endpoint:")) break;
  }
  const browser = await openBrowser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 440 } });
  await page.goto(link);
  await page.click("text=Open run");
  await page.waitForLoadState("load");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `console-${colorScheme}.png`) });
  }
  await browser.close();
} finally {
  services.kill("SIGINT");
  await once(services, "exit");
}
