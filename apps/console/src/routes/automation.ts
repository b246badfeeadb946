/** `/automation`: rules, what they did, and what one would have done. */
import {
  Recipe,
  RuleDryRunResult,
  type RuleFiring,
  RuleFirings,
  RuleList,
  type WrittenRule,
} from "@millrace/contracts";
import { hasRole, type Http, type HttpContext, HttpError, requireRole } from "@millrace/service";
import { z } from "zod";
import { type Answer, ask, tell, valueOf, valueOrThrow } from "../ask.ts";
import { type Columns, onePage } from "../exports/table.ts";
import { automationPage, type Draft } from "../pages/automation.ts";
import { confirmPage } from "../pages/confirm.ts";
import { readRuleForm, type RuleForm, ruleOf, ruleToTry } from "../rule_form.ts";
import { addPage, askRuns, type Page, sendPage, type Site, traceId } from "./page_context.ts";
import { addPost } from "./post_route.ts";
import { addTable } from "./table_route.ts";

const RULES = "/api/automation/rules";
const Switch = z.enum(["true", "false"]);
/** What stands in a rule's form beside what the rule says; a new rule's has no switch, and that of an own rule is not new. */
const RuleFields = z.object({
  enabled: Switch.optional(),
  isNew: Switch.optional(),
  days: z.coerce.number().pipe(z.int().min(1).max(90)).default(30),
});

export function automationRoutes(http: Http, site: Site): void {
  addPage(http, site, "/automation", (context) => asPage(context, undefined));

  addPost(http, site, "/automation/rules", async (context) => {
    const { form, isNew } = await readForm(context);
    const rule = ruleOf(form, await recipeFor(context, form));
    if (!rule.ok) return refuse(context, site, { form, isNew, problems: rule.problems });
    if (isNew && (await askRule(context, form.id)) !== undefined) {
      return refuse(context, site, {
        form,
        isNew,
        problems: [`id: expected a new name, found that of a rule: "${form.id}"`],
      });
    }
    const kept = await put(context, rule.rule);
    if (kept.kind === "failed") return refuse(context, site, { form, isNew, problems: [kept.failure.found] });
    return context.redirect(`/automation#rule-${form.id}`, 303);
  });

  addPost(http, site, "/automation/try", async (context) => {
    const { form, isNew, days } = await readForm(context);
    const rule = ruleToTry(form);
    if (!rule.ok) return refuse(context, site, { form, isNew, problems: rule.problems });
    const answer = await tell(context, "automation", `${RULES}/dry-run`, { rule: rule.rule, days }, RuleDryRunResult);
    const tried = { result: valueOrThrow(answer, "There are no rules here."), days };
    return sendPage(context, site, await asPage(context, { form, isNew, problems: [], tried }));
  });

  addPost(http, site, "/automation/rules/:id/switch", async (context) => {
    const rule = await requireRule(context);
    const wanted = Switch.safeParse((await context.req.parseBody())["enabled"]);
    if (!wanted.success)
      throw new HttpError(400, "invalid_request", `Switching rule ${rule.id}: wanted true or false.`);
    const enabled = wanted.data === "true";
    const { source, firedToday: _today, lastFiredAt: _last, recipe: kept, ...written } = rule;
    const recipe = kept === undefined ? {} : { recipe: await askRecipe(context, `${RULES}/${rule.id}/recipe`) };
    valueOrThrow(
      await put(context, source === "shipped" ? { id: rule.id, enabled } : { ...written, ...recipe, enabled }),
      NO_RULE,
    );
    return context.redirect(`/automation#rule-${rule.id}`, 303);
  });

  addPage(http, site, "/automation/rules/:id/delete", async (context) => {
    requireRole(context, "operator");
    return deletion(context, undefined);
  });

  addPost(http, site, "/automation/rules/:id/delete", async (context) => {
    const { id } = await requireRule(context);
    const { name } = await context.req.parseBody();
    if (name !== id) {
      return sendPage(context, site, {
        ...(await deletion(context, typeof name === "string" ? name : "")),
        status: 422,
      });
    }
    valueOrThrow(
      await tell(context, "automation", `${RULES}/${encodeURIComponent(id)}`, undefined, RuleList, "DELETE"),
      NO_RULE,
    );
    return context.redirect("/automation", 303);
  });
}

const NO_RULE = "There is no such rule in this project.";

async function readForm(context: HttpContext): Promise<{ form: RuleForm; isNew: boolean; days: number }> {
  const sent = await context.req.parseBody();
  // A field of days that was emptied is one that was left as it is.
  const fields = RuleFields.safeParse({ ...sent, days: sent["days"] === "" ? undefined : sent["days"] });
  if (!fields.success) {
    const wanted = "wanted enabled and isNew true or false, and 1 to 90 days";
    throw new HttpError(400, "invalid_request", `Reading the form of a rule: ${wanted}.`);
  }
  return { form: readRuleForm(sent), isNew: fields.data.isNew === "true", days: fields.data.days };
}

async function refuse(context: HttpContext, site: Site, draft: Draft): Promise<Response> {
  return sendPage(context, site, { ...(await asPage(context, draft)), status: 422 });
}

/** Only recipes that this project has run are started: a browser names no files. */
async function recipeFor(context: HttpContext, form: RuleForm): Promise<Recipe | undefined> {
  if (form.do !== "start_run") return undefined;
  if (form.recipeOf !== "")
    return askRecipe(context, `/api/automation/runs/${encodeURIComponent(form.recipeOf)}/recipe`);
  const rule = await askRule(context, form.id);
  return rule?.recipe === undefined ? undefined : askRecipe(context, `${RULES}/${encodeURIComponent(rule.id)}/recipe`);
}

async function askRecipe(context: HttpContext, path: string): Promise<Recipe> {
  return valueOrThrow(await ask(context, "automation", path, Recipe), "That recipe is not there any more.");
}

function put(
  context: HttpContext,
  rule: WrittenRule | { readonly id: string; readonly enabled: boolean },
): Promise<Answer<RuleList>> {
  return tell(context, "automation", `${RULES}/${encodeURIComponent(rule.id)}`, rule, RuleList, "PUT");
}

async function askRule(context: HttpContext, id: string): Promise<RuleList["rules"][number] | undefined> {
  const { rules } = valueOrThrow(await ask(context, "automation", RULES, RuleList), NO_RULE);
  return rules.find((rule) => rule.id === id);
}

async function requireRule(context: HttpContext): Promise<RuleList["rules"][number]> {
  const rule = await askRule(context, context.req.param("id") ?? "");
  if (rule === undefined) throw new HttpError(404, "not_found", NO_RULE);
  return rule;
}

async function deletion(context: HttpContext, typed: string | undefined): Promise<Page> {
  const rule = await requireRule(context);
  if (rule.source === "shipped")
    throw new HttpError(409, "conflict", `Rule ${rule.id} is shipped: it can be switched off, and stays.`);
  const times = rule.firedToday === 1 ? "once" : `${rule.firedToday} times`;
  const body = confirmPage({
    title: `Delete rule ${rule.id}?`,
    effects: [
      `It fired ${times} in the last 24 hours, and fires no more.`,
      "What it did before stays among the firings.",
    ],
    name: rule.id,
    verb: "Delete rule",
    action: `/automation/rules/${rule.id}/delete`,
    back: `/automation#rule-${rule.id}`,
    command: undefined,
    key: crypto.randomUUID(),
    typed,
  });
  return { title: `Delete rule ${rule.id}`, place: "automation", body, runs: undefined };
}

async function asPage(context: HttpContext, draft: Draft | undefined): Promise<Page> {
  const [runs, rules, firings] = await Promise.all([
    askRuns(context),
    ask(context, "automation", RULES, RuleList),
    ask(context, "automation", `${RULES}/firings`, RuleFirings),
  ]);
  const list = valueOf(runs)?.runs;
  const body = automationPage({
    rules,
    firings,
    runs: list ?? [],
    draft,
    mayOperate: hasRole(context.var.identity, "operator"),
    nowMs: context.var.ports.now(),
    traceId: traceId(context),
  });
  return { title: "Automation", place: "automation", body, runs: list, liveRun: "" };
}

const FIRINGS: Columns<RuleFiring> = {
  at: ({ at }) => at,
  rule: ({ ruleId }) => ruleId,
  outcome: ({ outcome }) => outcome,
  detail: ({ detail }) => detail,
  event: ({ eventType }) => eventType,
  eventId: ({ eventId }) => eventId,
  action: ({ action }) => action,
  model: ({ model }) => model,
  version: ({ version }) => version,
};

export function automationExportRoutes(http: Http): void {
  addTable(http, "/automation/firings", [], async (context) => {
    const { firings } = valueOrThrow(
      await ask(context, "automation", `${RULES}/firings`, RuleFirings),
      "There are none.",
    );
    return { name: "firings", columns: FIRINGS, pages: onePage(firings) };
  });
}
