/** Dashboard and alert rules against what services really tell, and against Prometheus's own tool. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ROOT } from "../kit/millrace.ts";
import { INFRA, namesIn, readDashboard, readRules } from "./asked_metrics.ts";
import { toldByAutomation, toldByInference, toldByMonitor, toldByTrainer } from "./told_metrics.ts";

describe("what is asked for is told", () => {
  let told: Set<string>;
  beforeAll(async () => {
    const texts = [await toldByInference(), await toldByMonitor(), await toldByAutomation(), toldByTrainer()];
    told = new Set(texts.flatMap((text) => [...text.matchAll(/^(millrace_\w+)[{ ]/gm)].map(([, name]) => name ?? "")));
    for (const { record } of await readRules()) if (record) told.add(record);
  }, 120_000);

  test("by every query of the dashboard", async () => {
    const { panels } = await readDashboard();
    const asked = new Set(panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namesIn(expr))));
    expect([...asked].filter((name) => !told.has(name))).toEqual([]);
    expect(asked.size).toBeGreaterThan(15);
  });

  test("by every alert rule", async () => {
    const asked = new Set((await readRules()).flatMap(({ expr }) => namesIn(expr)));
    expect([...asked].filter((name) => !told.has(name))).toEqual([]);
    expect(asked.size).toBeGreaterThan(10);
  });
});

describe("the dashboard", () => {
  test("has panels with ids of their own that do not cover each other, within the width", async () => {
    const { panels } = await readDashboard();
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });

  test("asks the data source that is provisioned", async () => {
    const { datasources } = parse(await readFile(join(INFRA, "grafana/datasource.yaml"), "utf8"));
    const { panels } = await readDashboard();
    const asked = new Set(panels.flatMap(({ datasource }) => (datasource === undefined ? [] : [datasource.uid])));
    expect([...asked]).toEqual(datasources.map(({ uid }: { uid: string }) => uid));
  });
});

const cached = join(ROOT, ".cache/bin/promtool");
const promtool = existsSync(cached) ? cached : "promtool";
const hasPromtool = spawnSync(promtool, ["--version"]).error === undefined;
if (!hasPromtool) console.warn("skipped: Prometheus's files: promtool was not found (infra/install.sh installs it)");

function check(...args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(promtool, args, { cwd: join(INFRA, "prometheus"), encoding: "utf8" });
  return { status, said: stdout + stderr };
}

describe.skipIf(!hasPromtool)("promtool", () => {
  test("takes configuration and rules", () => {
    expect(check("check", "config", "--syntax-only", "prometheus.yaml")).toMatchObject({ status: 0 });
    expect(check("check", "rules", "--lint-fatal", "rules.yaml")).toMatchObject({ status: 0 });
  });

  test("sees rules raise what they are for, and nothing on a calm day", () => {
    const { status, said } = check("test", "rules", "rules_test.yaml");
    expect(status, said).toBe(0);
  });

  test("reads every query of the dashboard", async () => {
    const { panels } = await readDashboard();
    const rules = panels.flatMap(({ targets }) => targets.map(({ expr }) => ({ record: "asked:by:panel", expr })));
    // Grafana fills these in.
    const filled = JSON.stringify(rules).replaceAll("$__rate_interval", "1m").replaceAll("$project", ".*");
    const groups = JSON.parse(filled).map((rule: object, at: number) => ({ name: `panel ${at}`, rules: [rule] }));
    const folder = await mkdtemp(join(tmpdir(), "millrace-queries-"));
    await writeFile(join(folder, "queries.yaml"), JSON.stringify({ groups }));
    const { status, said } = check("check", "rules", join(folder, "queries.yaml"));
    await rm(folder, { recursive: true });
    expect(status, said).toBe(0);
  });
});
