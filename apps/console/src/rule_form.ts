/** A rule as the fields of its sentence, there and back. */
import type { z } from "zod";
import { problemsOf, type Recipe, type Rule, type RuleCondition, RuleToTry, WrittenRule } from "@millrace/contracts";

export interface RuleForm {
  readonly id: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly on: string;
  readonly when: readonly { readonly field: string; readonly op: string; readonly value: string }[];
  readonly do: string;
  /** Whose recipe is started: a run's id, or empty for the one that the rule has. */
  readonly recipeOf: string;
  readonly cooldownMinutes: string;
  readonly maxPerDay: string;
}

export const NEW_RULE: RuleForm = {
  id: "",
  description: "",
  enabled: true,
  on: "millrace.alert.raised.v1",
  when: [],
  do: "retrain",
  recipeOf: "",
  cooldownMinutes: "60",
  maxPerDay: "1",
};

export function formOf(rule: Rule): RuleForm {
  return {
    ...rule,
    when: rule.when.map(({ field, op, value }) => ({ field, op, value: writtenValue(value) })),
    recipeOf: "",
    cooldownMinutes: String(rule.cooldownSeconds / 60),
    maxPerDay: String(rule.maxPerDay),
  };
}

/** Most conditions that a form has fields for. */
const MOST_CONDITIONS = 20;

/** Reads what a browser sent. Conditions without a field are none. */
export function readRuleForm(sent: Readonly<Record<string, unknown>>): RuleForm {
  const text = (name: string): string => {
    const value = sent[name];
    return typeof value === "string" ? value.trim() : "";
  };
  const when = Array.from({ length: MOST_CONDITIONS + 1 }, (_, index) => ({
    field: text(`field-${index}`),
    op: text(`op-${index}`),
    value: text(`value-${index}`),
  })).filter(({ field }) => field !== "");
  return {
    id: text("id"),
    description: text("description"),
    enabled: text("enabled") !== "false",
    on: text("on"),
    when,
    do: text("do"),
    recipeOf: text("recipeOf"),
    cooldownMinutes: text("cooldownMinutes"),
    maxPerDay: text("maxPerDay"),
  };
}

export type ReadRule<Value> =
  { readonly ok: true; readonly rule: Value } | { readonly ok: false; readonly problems: readonly string[] };

/** @param recipe Of a rule that starts runs. */
export function ruleOf(form: RuleForm, recipe: Recipe | undefined): ReadRule<WrittenRule> {
  return parsed(WrittenRule, { ...written(form), ...(recipe === undefined ? {} : { recipe }) });
}

/** The rule without what a run would be made of. */
export function ruleToTry(form: RuleForm): ReadRule<RuleToTry> {
  return parsed(RuleToTry, { ...written(form), id: form.id === "" ? "new" : form.id });
}

function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown): ReadRule<z.infer<Schema>> {
  const result = schema.safeParse(input);
  if (result.success) return { ok: true, rule: result.data };
  return { ok: false, problems: problemsOf(result.error, input, schema).map(({ message }) => message) };
}

function written({
  id,
  description,
  enabled,
  on,
  when,
  do: action,
  cooldownMinutes,
  maxPerDay,
}: RuleForm): Record<string, unknown> {
  return {
    id,
    description,
    enabled,
    on,
    when: when.map(({ field, op, value }) => ({
      field,
      op,
      value: op === "in" ? value.split(",").map((one) => scalarOf(one.trim())) : scalarOf(value),
    })),
    do: action,
    cooldownSeconds: Math.round(Number(cooldownMinutes) * 60),
    maxPerDay: Number(maxPerDay),
  };
}

/** `true` and `3` are what they look like; text in quotes is text. */
function scalarOf(written: string): string | number | boolean {
  if (written === "true" || written === "false") return written === "true";
  if (/^".*"$/.test(written)) return written.slice(1, -1);
  return written !== "" && Number.isFinite(Number(written)) ? Number(written) : written;
}

function writtenValue(value: RuleCondition["value"]): string {
  if (Array.isArray(value)) return value.map(writtenScalar).join(", ");
  return writtenScalar(value);
}

function writtenScalar(value: string | number | boolean): string {
  return typeof value === "string" && scalarOf(value) !== value ? `"${value}"` : String(value);
}
