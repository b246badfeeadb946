import { DEFAULT_PROJECT, ProjectLimits, ProjectList, ProjectView } from "@millrace/contracts";
import type { Command } from "commander";
import { UsageError } from "../usage_error.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withClient, withTargetOptions } from "./target_options.ts";

const BASE = "/api/registry/projects";
const NAMES = Object.keys(ProjectLimits.shape) as readonly (keyof ProjectLimits)[];
const UNITS = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;

interface InProject extends TargetOptions {
  readonly project?: string;
}

/** `millrace limits show|set`. */
export function register(program: Command): void {
  const limits = program.command("limits").description("what a project may use at most: bytes, runs, tokens a minute");
  withTargetOptions(limits.command("show", { isDefault: true }))
    .description("limits of your project; with the installation's own key of every project")
    .option("--project <name>", "of this one alone; for this a viewer's key will do")
    .addHelpText("after", "\nExamples:\n  millrace limits\n  millrace limits show --project acme --json")
    .action(async ({ project, ...options }: InProject) => {
      const list = await withClient(options, async (client): Promise<ProjectList> => {
        if (project === undefined) return client.get(BASE, ProjectList);
        return { projects: [await client.get(pathOf(project), ProjectView)] };
      });
      print(options.json, list, () => list.projects.map(inOneLine));
    });
  withTargetOptions(limits.command("set"))
    .description("sets limits and leaves those that are not named; with the installation's own key")
    .argument("<limits...>", `${NAMES.join(", ")}: name=number, or name=none`)
    .option("--project <name>", "whose; it is made if there is none", DEFAULT_PROJECT)
    .addHelpText(
      "after",
      `
bytes           of stored artifacts; also with KB, MB, GB or TB (thousands): bytes=5GB
concurrentRuns  runs that have not ended
tokensPerMinute read and written, by each gateway

Examples:
  millrace limits set concurrentRuns=2
  millrace limits set --project acme bytes=5GB tokensPerMinute=20000
  millrace limits set --project acme bytes=none`,
    )
    .action(async (settings: readonly string[], { project, ...options }: Required<InProject>) => {
      const changes = readLimits(settings);
      const path = pathOf(project);
      const view = await withClient(options, (client) => client.put(path, changes, ProjectView));
      print(options.json, view, () => [inOneLine(view)]);
    });
}

function pathOf(project: string): string {
  return `${BASE}/${encodeURIComponent(project)}`;
}

/** @throws {UsageError} If a setting names no limit, or no number that it can have; or one is named twice. */
function readLimits(settings: readonly string[]): Partial<ProjectLimits> {
  const read = new Map<string, number | null>();
  for (const setting of settings) {
    const [, name, written = ""] = /^([^=]*)=(.*)$/s.exec(setting) ?? [];
    const limit = NAMES.find((one) => one === name);
    if (limit === undefined) {
      throw new UsageError(`limits set: expected ${NAMES.join(", ")} with =number or =none, found "${setting}"`);
    }
    if (read.has(limit)) throw new UsageError(`limits set: found ${limit} more than once`);
    read.set(limit, valueOf(limit, written));
  }
  return Object.fromEntries(read);
}

function valueOf(limit: keyof ProjectLimits, written: string): number | null {
  if (written === "none") return null;
  const [, digits, unit] = /^(\d+)(KB|MB|GB|TB)?$/.exec(written) ?? [];
  const value = Number(digits) * (unit === undefined ? 1 : UNITS[unit as keyof typeof UNITS]);
  if ((limit === "bytes" || unit === undefined) && Number.isSafeInteger(value) && value > 0) return value;
  const wanted = limit === "bytes" ? "a whole number above 0 such as 5000000000 or 5GB" : "a whole number above 0";
  throw new UsageError(`limits set ${limit}: expected ${wanted}, or none, found "${written}"`);
}

function inOneLine({ name, limits }: ProjectView): string {
  const told = NAMES.map((limit) => `${limit} ${limits[limit]?.toLocaleString("en-US") ?? "none"}`);
  return `${name.padEnd(16)} ${told.join("  ")}`;
}
