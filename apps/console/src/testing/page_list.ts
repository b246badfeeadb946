import type { Page } from "playwright-core";
import type { SceneName } from "./scenes.ts";

export interface Shown {
  readonly name: string;
  readonly scene: SceneName;
  readonly path: string;
  /** Pressed when the page is there. */
  readonly press?: string;
  /** Written after that. */
  readonly write?: string;
  /** Clicked when the page is there, and what is there when that is done. */
  readonly click?: readonly [target: string, done: string];
}

const ASKED = `/playground?${new URLSearchParams({ left: "handbook@3", prompt: "To install the agent," })}`;

/** Every page in the states it can be in. */
export const PAGES: readonly Shown[] = [
  ...(["serving", "empty", "down"] as const).map((scene) => ({ name: "models", scene, path: "/models" })),
  ...(["serving", "canary", "training", "failed", "empty", "down"] as const).map((scene) => ({
    name: "home",
    scene,
    path: "/",
  })),
  ...(["serving", "empty", "down"] as const).map((scene) => ({ name: "runs", scene, path: "/runs" })),
  ...(["serving", "training", "failed", "empty", "down"] as const).map((scene) => ({
    name: "run",
    scene,
    path: "/runs/run-8f14e45f",
  })),
  ...(["serving", "training", "failed"] as const).map((scene) => ({
    name: "training",
    scene,
    path: "/runs/run-8f14e45f/training",
  })),
  ...(["serving", "down"] as const).map((scene) => ({
    name: "compare",
    scene,
    path: "/runs/run-8f14e45f/training?with=run-1679091c",
  })),
  ...(["serving", "down"] as const).map((scene) => ({ name: "again", scene, path: "/runs/run-8f14e45f/again" })),
  ...(["serving", "canary", "failed", "empty", "down"] as const).map((scene) => ({
    name: "deployments",
    scene,
    path: "/deployments",
  })),
  ...(["serving", "canary", "failed", "empty", "down"] as const).map((scene) => ({
    name: "monitor",
    scene,
    path: "/monitor",
  })),
  ...(["serving", "empty", "down"] as const).map((scene) => ({ name: "all-events", scene, path: "/events" })),
  ...(["serving", "empty", "down"] as const).map((scene) => ({ name: "automation", scene, path: "/automation" })),
  { name: "delete-rule", scene: "serving", path: "/automation/rules/wiki-after-handbook/delete" },
  { name: "roll-back", scene: "canary", path: "/deployments/handbook/4/abort" },
  { name: "trials", scene: "serving", path: "/runs/run-8f14e45f/trials" },
  { name: "trials-none", scene: "training", path: "/runs/run-8f14e45f/trials" },
  { name: "events", scene: "serving", path: "/runs/run-8f14e45f/events" },
  { name: "recipe", scene: "serving", path: "/runs/run-8f14e45f/recipe" },
  ...(["serving", "failed", "empty", "down"] as const).map((scene) => ({ name: "corpus", scene, path: "/corpus" })),
  { name: "reason", scene: "serving", path: "/corpus?reason=repeated_lines" },
  { name: "folder", scene: "serving", path: "/corpus?under=docs" },
  { name: "duplicates", scene: "serving", path: "/corpus?reason=duplicates" },
  ...(["serving", "empty", "down"] as const).map((scene) => ({ name: "document", scene, path: "/documents/doc-1" })),
  { name: "dropped", scene: "serving", path: "/documents/dropped-1" },
  ...(["serving", "empty", "down"] as const).map((scene) => ({ name: "search", scene, path: "/search?q=token" })),
  { name: "box", scene: "serving", path: "/search" },
  ...(["serving", "empty", "down"] as const).map((scene) => ({ name: "version", scene, path: "/models/handbook/3" })),
  { name: "version-before", scene: "serving", path: "/models/handbook/2" },
  { name: "version-fresh", scene: "serving", path: "/models/handbook/1" },
  ...(["serving", "empty", "down"] as const).map((scene) => ({ name: "playground", scene, path: "/playground" })),
  { name: "asked", scene: "serving", path: ASKED, click: ["[data-ask]", "#left .sources-of"] },
  {
    name: "asked-two",
    scene: "canary",
    path: `${ASKED}&right=handbook%404`,
    click: ["[data-ask]", "#right .sources-of"],
  },
  {
    name: "asked-ngrams",
    scene: "serving",
    path: `${ASKED}&right=ngrams%3Ahandbook%403`,
    click: ["[data-ask]", "#right .sources-of"],
  },
  { name: "span", scene: "serving", path: "/documents/doc-1?start=58&end=90#span" },
  ...(["serving", "canary", "empty", "down"] as const).map((scene) => ({ name: "admin", scene, path: "/admin" })),
  { name: "revoke", scene: "serving", path: "/admin/keys/00000000-0000-4000-8000-000000000001/revoke" },
  { name: "keys", scene: "serving", path: "/", press: "?" },
  { name: "palette", scene: "serving", path: "/", press: "Control+k" },
  { name: "palette-found", scene: "serving", path: "/", press: "Control+k", write: "token" },
  { name: "palette-down", scene: "down", path: "/", press: "Control+k", write: "token" },
];

/** Presses and writes what a shown page wants, and waits until the palette has answered. */
export async function act(
  page: Page,
  { press, write, click }: Pick<Shown, "press" | "write" | "click">,
): Promise<void> {
  if (click !== undefined) {
    await page.click(click[0]);
    await page.waitForSelector(click[1]);
  }
  if (press === undefined) return;
  await page.keyboard.press(press);
  if (press === "?") return;
  await page.waitForSelector("#palette [role=option]");
  if (write === undefined) return;
  await page.keyboard.type(write);
  await page.locator("#palette [role=option]", { hasText: `“${write}”` }).waitFor();
}
