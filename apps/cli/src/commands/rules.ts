import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { problemsOf, RuleDryRunResult, RuleFirings, RuleList, WrittenRule } from "@millrace/contracts";
import type { Command } from "commander";
import { z } from "zod";
import { counted } from "../terminal/counted.ts";
import { plainText } from "../terminal/plain_text.ts";
import { UsageError } from "../usage_error.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withClient, withReader, withTargetOptions } from "./target_options.ts";

const BASE = "/api/automation/rules";

/** A file of rules, or one alone. Of shipped ones, `id` and `enabled` are enough. */
const Switch = z.strictObject({ id: z.string(), enabled: z.boolean() });

const EXAMPLE = `
A file of rules (YAML):
  - id: retrain-after-rollback
    on: millrace.rollout.aborted.v1
    when: [{ field: by, op: "==", value: analysis }]
    do: retrain
    cooldownSeconds: 86400
  - id: nightly-wiki
    on: millrace.model.deployed.v1
    when: [{ field: model, op: "==", value: handbook }]
    do: start_run
    recipe: wiki.yaml        # read here and now, beside this file
    maxPerDay: 1
  - { id: canary-healthy, enabled: false }

Examples:
  millrace rules apply rules.yaml
  millrace rules dry-run rules.yaml --days 30`;

/** `millrace rules list|firings|apply|delete|dry-run`. */
export function register(program: Command): void {
  const rules = program.command("rules").description("what happens by itself when an event says so");
  withTargetOptions(rules.command("list", { isDefault: true }))
    .description("rules with what they wait for and do")
    .addHelpText("after", "\nExample:\n  millrace rules list")
    .action(async (options: TargetOptions) => {
      const list = await withReader(options, (reader) => reader.get(BASE, RuleList));
      print(options.json, list, () => list.rules.map(inOneLine));
    });
  withTargetOptions(rules.command("firings"))
    .description("when conditions held, and what came of it, newest first")
    .addHelpText("after", "\nExample:\n  millrace rules firings")
    .action(async (options: TargetOptions) => {
      const { firings } = await withReader(options, (reader) => reader.get(`${BASE}/firings`, RuleFirings));
      print(options.json, { firings }, () =>
        firings.map(({ at, ruleId, outcome, detail }) => `${at}  ${ruleId}  ${outcome}: ${plainText(detail)}`),
      );
    });
  withTargetOptions(rules.command("apply"))
    .description("keeps the rules of a file, and switches shipped ones")
    .argument("<file>", "YAML or JSON")
    .addHelpText("after", EXAMPLE)
    .action(async (file: string, options: TargetOptions) => {
      const written = await readRules(file);
      const list = await withClient(options, async (client) => {
        for (const rule of written) await client.put(`${BASE}/${encodeURIComponent(rule.id)}`, rule, RuleList);
        return client.get(BASE, RuleList);
      });
      print(options.json, list, () => list.rules.map(inOneLine));
    });
  withTargetOptions(rules.command("delete"))
    .description("takes a rule of your own away; a shipped one is switched off with apply")
    .argument("<rule>", "its id")
    .addHelpText("after", "\nExample:\n  millrace rules delete retrain-after-rollback")
    .action(async (id: string, options: TargetOptions) => {
      const list = await withClient(options, (client) => client.delete(`${BASE}/${encodeURIComponent(id)}`, RuleList));
      print(options.json, list, () => list.rules.map(inOneLine));
    });
  withTargetOptions(rules.command("dry-run"))
    .description("counts what the rules of a file would have done, had they been there")
    .argument("<file>", "YAML or JSON")
    .option("--days <n>", "how far to look back, 1 to 90", "7")
    .addHelpText("after", EXAMPLE)
    .action(async (file: string, { days, ...options }: TargetOptions & { readonly days: string }) => {
      const written = (await readRules(file)).filter((rule): rule is WrittenRule => "on" in rule);
      const results = await withClient(options, (client) =>
        Promise.all(
          written.map(async (rule) => ({
            id: rule.id,
            ...(await client.post(`${BASE}/dry-run`, { rule, days: Number(days) }, RuleDryRunResult)),
          })),
        ),
      );
      print(options.json, { results }, () =>
        results.map(
          ({ id, seen, matched, wouldFire }) =>
            `${id}: would have fired ${wouldFire} times; of ${seen} events ${matched} met its conditions`,
        ),
      );
    });
}

/** A recipe that a rule names is read here: what is sent holds all of it. */
async function withRecipe(entry: unknown, file: string): Promise<unknown> {
  const named = z.looseObject({ recipe: z.string() }).safeParse(entry);
  if (!named.success) return entry;
  const { recipe } = named.data;
  if (!/\.ya?ml$/.test(recipe)) {
    throw new UsageError(`millrace rules: ${file}: recipe: expected a recipe (.yaml), found ${JSON.stringify(recipe)}`);
  }
  const { loadRecipe } = await import("../recipe/load_recipe.ts");
  return { ...named.data, recipe: await loadRecipe(recipe, [], dirname(resolve(file))) };
}

async function readRules(file: string): Promise<readonly (WrittenRule | z.infer<typeof Switch>)[]> {
  const { readYaml } = await import("../recipe/read_yaml.ts");
  let written: unknown;
  try {
    written = readYaml(await readFile(file, "utf8"));
  } catch (error) {
    throw new UsageError(`millrace rules: reading ${file}: ${(error as Error).message}`);
  }
  if (written == null || (Array.isArray(written) && written.length === 0)) {
    throw new UsageError(`millrace rules: ${file}: found no rule in it, wanted a list of rules, or one`);
  }
  const entries = await Promise.all((Array.isArray(written) ? written : [written]).map((one) => withRecipe(one, file)));
  const rules = entries.map((entry, index) => {
    const isSwitch = Switch.safeParse(entry);
    if (isSwitch.success) return isSwitch.data;
    const rule = WrittenRule.safeParse(entry);
    if (rule.success) return rule.data;
    const problems = problemsOf(rule.error, entry, WrittenRule).map(({ message }) => message);
    throw new UsageError(`millrace rules: ${file}, rule ${index + 1}: ${problems.join("; ")}`);
  });
  // The later of two would silently take the place of the earlier.
  const ids = rules.map(({ id }) => id);
  const again = ids.findIndex((id, index) => ids.indexOf(id) < index);
  if (again !== -1) {
    const found = `found the id "${ids[again]}" again, wanted each id once`;
    throw new UsageError(`millrace rules: ${file}, rule ${again + 1}: ${found}`);
  }
  return rules;
}

function inOneLine(rule: RuleList["rules"][number]): string {
  const { id, enabled, source, on, when, recipe, firedToday } = rule;
  const action = recipe === undefined ? rule.do : `${rule.do} of ${recipe.name}`;
  const conditions = when.map(({ field, op, value }) => ` and ${field} ${op} ${JSON.stringify(value)}`).join("");
  const state = enabled ? `fired ${counted(firedToday, "time")} in 24 h` : "off";
  return `${id.padEnd(24)} ${source.padEnd(8)} on ${on}${conditions}: ${action} (${state})`;
}
