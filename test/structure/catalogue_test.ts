/** The catalogue says who speaks and who hears; here it is held against the apps as they are. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CATALOGUE, type EventDefinition, EVENTS } from "@millrace/contracts";
import type { Service } from "@millrace/service";
import { beforeAll, expect, test } from "vitest";
import { APPS } from "../../apps/cli/src/hosting/apps.ts";
import { declaredServices } from "../kit/declared_services.ts";
import { sourceFiles } from "./imports.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Watches the log while somebody looks at a page, and subscribes to nothing: `hasSubscriber` counts on it. */
const WATCHER = "console";
const HEALTH = ["/healthz", "/readyz"];

let services: Service[];
/** Source of each app without its tests, by name. */
let sources: Map<string, string>;
beforeAll(async () => {
  services = declaredServices();
  sources = new Map(await Promise.all(Object.keys(APPS).map(async (app) => [app, await sourceOf(app)] as const)));
});

async function sourceOf(app: string): Promise<string> {
  const files = (await sourceFiles(ROOT, [`apps/${app}/src`])).filter((file) => !/_test\.tsx?$|\/testing\//.test(file));
  return (await Promise.all(files.map((file) => readFile(join(ROOT, file), "utf8")))).join("\n");
}

/** `app event`, so that a difference between two lists names both. */
function pairs(of: (definition: EventDefinition) => readonly string[]): string[] {
  return [...CATALOGUE.values()].flatMap((one) => of(one).map((app) => `${app} ${one.type}`)).toSorted();
}

test("the catalogue lists as consumers just those who subscribe, and the console, which watches", () => {
  const subscribed = services.flatMap(({ name, subscriptions }) =>
    subscriptions.map(({ event }) => `${name} ${event.type}`),
  );
  const listed = pairs(({ consumers }) => consumers.filter((app) => app !== WATCHER));
  expect([...new Set(subscribed)].toSorted()).toEqual(listed);
});

test("an app speaks of no event but those that the catalogue lists it for, and emits just those it is an emitter of", () => {
  const spokenOf: string[] = [];
  const emitted = new Set<string>();
  for (const [app, source] of sources) {
    for (const [name, definition] of Object.entries(EVENTS)) {
      const here = `${app} ${definition.type}`;
      const use = new RegExp(`\\bEVENTS\\.${name}\\b`);
      if (!use.test(source)) continue;
      const { emitters, consumers } = definition as EventDefinition;
      if (![...emitters, ...consumers].some((one) => one === app)) spokenOf.push(here);
      // `context.output(key, event, …)`, `context.emit(…)`, the commands that automation's state machine asks for, what a process tells by
      // itself, and the commands that deployer takes over HTTP.
      const spoken = [
        `\\b(?:output|emit|ask)\\(\\s*[^,]+,\\s*EVENTS\\.${name}\\b`,
        `\\bpublishRoot\\([^;]*\\bEVENTS\\.${name}\\b`,
        `\\bevent: EVENTS\\.${name},\\s*from:`,
      ];
      if (spoken.some((pattern) => new RegExp(pattern).test(source))) emitted.add(here);
    }
    // Failures of stages are told by one function of the service package.
    if (/\bfailStage\(/.test(source)) emitted.add(`${app} ${EVENTS.stageFailed.type}`);
  }
  expect(spokenOf).toEqual([]);
  expect([...emitted].toSorted()).toEqual(pairs(({ emitters }) => emitters));
});

test("one service audits what no subscription hears", () => {
  expect(services.filter(({ auditsEvents }) => auditsEvents).map(({ name }) => name)).toEqual(["automation"]);
});

/** Pages and what belongs to them: a session is asked for by each, and may look. */
const isPage = (service: string, path: string): boolean => service === "console" && !path.startsWith("/api/");

test("every route states the role and the scope it needs", () => {
  const silent = services.flatMap(({ name, routes }) =>
    routes.filter((route) => !HEALTH.includes(route.path) && !isPage(name, route.path) && !route.needs?.scopes.length),
  );
  expect(silent.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  expect(services.flatMap(({ routes }) => routes).length).toBeGreaterThan(50);
});
