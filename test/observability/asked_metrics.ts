import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ROOT } from "../kit/millrace.ts";

export const INFRA = join(ROOT, "infra");

const Rules = z.object({
  groups: z.array(
    z.object({ rules: z.array(z.object({ expr: z.string(), record: z.string().optional() }).loose()) }).loose(),
  ),
});

const Panel = z
  .object({
    id: z.int().positive(),
    type: z.enum(["row", "stat", "timeseries"]),
    title: z.string().min(1),
    datasource: z.object({ uid: z.string() }).loose().optional(),
    gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
    targets: z.array(z.object({ expr: z.string(), refId: z.string() }).loose()).default([]),
  })
  .loose();
export const Dashboard = z.object({ uid: z.string(), panels: z.array(Panel) }).loose();

/** The provisioned dashboard. */
export async function readDashboard(): Promise<z.infer<typeof Dashboard>> {
  return Dashboard.parse(JSON.parse(await readFile(join(INFRA, "grafana/millrace.json"), "utf8")));
}

/** All alert rules and recorded series. */
export async function readRules(): Promise<z.infer<typeof Rules>["groups"][number]["rules"]> {
  const text = await readFile(join(INFRA, "prometheus/rules.yaml"), "utf8");
  return Rules.parse(parse(text)).groups.flatMap(({ rules }) => rules);
}

/** Names of ours that an expression asks for: `millrace_…`, and recorded ones, which have a colon. */
export function namesIn(expr: string): string[] {
  // What stands in quotes are values of labels.
  return expr.replaceAll(/"[^"]*"/g, "").match(/\b(?:[a-z]+:)?millrace_\w+(?::\w+)?/g) ?? [];
}
