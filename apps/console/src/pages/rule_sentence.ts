/** A rule as a sentence: with blanks to be filled in, or plain for shipped ones. */
import { type Rule, RULE_EVENTS, RuleAction, type RunView } from "@millrace/contracts";
import { html } from "hono/html";
import { counted, formatDuration, inWords } from "../format.ts";
import type { Html } from "../html.ts";
import type { RuleForm } from "../rule_form.ts";

const EVENT_WORDS: Readonly<Record<(typeof RULE_EVENTS)[number], string>> = {
  "millrace.model.registered.v1": "a version is registered",
  "millrace.model.gated.v1": "the gates of a version were measured",
  "millrace.rollout.ready.v1": "a version is ready to be rolled out",
  "millrace.rollout.judged.v1": "a canary was judged",
  "millrace.rollout.aborted.v1": "a version was rolled back",
  "millrace.model.deployed.v1": "a version has all traffic",
  "millrace.alert.raised.v1": "an alert is raised",
};
export const ACTION_WORDS: Readonly<Record<RuleAction, string>> = {
  start_rollout: "roll the version out",
  promote: "give the version all traffic",
  abort: "take the version back",
  retrain: "train the model anew, by the recipe of the version",
  start_run: "start a run of another recipe",
};
const OPERATORS: Readonly<Record<string, string>> = {
  "==": "is",
  "!=": "is not",
  ">": "is above",
  ">=": "is at least",
  "<": "is below",
  "<=": "is at most",
  in: "is one of",
};

export function plainSentence({ on, when, do: action, recipe, cooldownSeconds, maxPerDay }: Rule): Html {
  const what = recipe === undefined ? ACTION_WORDS[action] : `start a run of ${recipe.name}`;
  return html`<p class="sentence">
    When <b>${EVENT_WORDS[on]}</b>${when.map(
      ({ field, op, value }) =>
        html` and <b>${field}</b> ${OPERATORS[op]} <b>${Array.isArray(value) ? value.join(", ") : String(value)}</b>`,
    )},
    then
    <b>${what}</b>${cooldownSeconds === 0 ? "" : html`, not again within <b>${formatDuration(cooldownSeconds)}</b>`}, at
    most <b>${counted(maxPerDay, "time")}</b> in 24 hours for a model.
  </p>`;
}

/**
 * @param place Tells its fields from those of other rules on the page.
 * @param recipeName Of the recipe that the rule has.
 */
export function sentenceFields(
  form: RuleForm,
  place: string,
  runs: readonly RunView[],
  recipeName: string | undefined,
): Html {
  const conditions = [...form.when, { field: "", op: "==", value: "" }];
  return html`<p class="sentence blanks">
    When ${choice(place, "on", "event", form.on, Object.entries(EVENT_WORDS))}
    ${conditions.map(({ field, op, value }, index) => {
      const named = `condition ${index + 1}`;
      return html`<span class="condition">
        and
        ${blank(place, `field-${index}`, `field of ${named}`, field, 16, index === form.when.length ? "field, such as kind" : "")}
        ${choice(place, `op-${index}`, `comparison of ${named}`, op, Object.entries(OPERATORS))}
        ${blank(place, `value-${index}`, `value of ${named}`, value, 12, index === form.when.length ? "value" : "")}
      </span>`;
    })}
    then ${choice(place, "do", "action", form.do, Object.entries(ACTION_WORDS))}
    <span class="condition">
      (recipe:
      ${choice(place, "recipeOf", "recipe", form.recipeOf, [
        ["", recipeName === undefined ? "none" : `as kept: ${recipeName}`],
        ...runs.map(({ id, name }): [string, string] => [id, `of ${name}, ${id}`]),
      ])}),
    </span>
    not again within
    <input
      type="number"
      name="cooldownMinutes"
      min="0"
      max="43200"
      step="any"
      value="${form.cooldownMinutes}"
      aria-label="minutes until it may fire again"
    />
    minutes, at most
    <input type="number" name="maxPerDay" min="1" max="1000" value="${form.maxPerDay}" aria-label="times in 24 hours" />
    times in 24 hours for a model.
  </p>`;
}

function choice(
  place: string,
  name: string,
  label: string,
  current: string,
  options: readonly (readonly [string, string])[],
): Html {
  return html`<select name="${name}" id="${place}-${name}" aria-label="${label}">
    ${options.map(([value, words]) => html`<option value="${value}" ${value === current ? html`selected` : ""}>${words}</option>`)}
  </select>`;
}

function blank(place: string, name: string, label: string, value: string, size: number, hint: string): Html {
  return html`<input
    type="text"
    name="${name}"
    id="${place}-${name}"
    aria-label="${label}"
    value="${value}"
    size="${size}"
    maxlength="500"
    placeholder="${hint}"
    spellcheck="false"
    autocomplete="off"
    autocapitalize="none"
  />`;
}

/** `alert raised`, of an event type that a firing tells of. */
export function eventWords(type: string): string {
  return EVENT_WORDS[type as keyof typeof EVENT_WORDS] ?? inWords(type);
}
