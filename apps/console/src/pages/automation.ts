/** What happens by itself: rules as sentences, what they did, and what one would have done. */
import type { RuleDryRunResult, RuleFirings, RuleList, RuleOutcome, RunView } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { counted, formatCount, inWords } from "../format.ts";
import { ago, asCommand, badge, card, empty, exportLinks, failing, type Html, liveCard, type Tone } from "../html.ts";
import { formOf, NEW_RULE, type RuleForm } from "../rule_form.ts";
import { ACTION_WORDS, eventWords, plainSentence, sentenceFields } from "./rule_sentence.ts";

type ListedRule = RuleList["rules"][number];

/** What was typed into a rule and came back: refused, or tried on past events. */
export interface Draft {
  readonly form: RuleForm;
  readonly isNew: boolean;
  readonly problems: readonly string[];
  readonly tried?: { readonly result: RuleDryRunResult; readonly days: number } | undefined;
}

export interface AutomationData {
  readonly rules: Answer<RuleList>;
  readonly firings: Answer<RuleFirings>;
  readonly runs: readonly RunView[];
  readonly draft: Draft | undefined;
  readonly mayOperate: boolean;
  readonly nowMs: number;
  readonly traceId: string;
}

export function automationPage(data: AutomationData): Html {
  const { rules, draft, mayOperate, traceId } = data;
  if (rules.kind === "failed") {
    return html`<section class="lead">
        <h1>Automation</h1>
        ${failing(rules.failure, "Reload the page; if it stays, look at the log of automation.", traceId)}
      </section>
      ${firingsCard(data)}`;
  }
  const all = valueOf(rules)?.rules ?? [];
  return html`<section class="lead">
      <header>
        <h1>${titleOf(all)}</h1>
        ${asCommand("npx millrace rules list")}
      </header>
      <p class="muted">
        A rule waits for an event. Where its conditions hold it acts on the model and the version that the event names;
        each firing is an event of its own, with the first one as its cause.
      </p>
    </section>
    ${all.map((rule) => (rule.source === "shipped" || !mayOperate ? shipped(rule, data) : own(rule, data)))}
    ${mayOperate ? newRule(data, draft?.isNew === true ? draft : undefined) : ""} ${firingsCard(data)}`;
}

function titleOf(rules: readonly ListedRule[]): string {
  const on = rules.filter(({ enabled }) => enabled).length;
  const fired = rules.reduce((sum, { firedToday }) => sum + firedToday, 0);
  return `${formatCount(on)} of ${counted(rules.length, "rule")} ${on === 1 ? "is" : "are"} on, fired ${counted(fired, "time")} in 24 hours`;
}

function state({ enabled, firedToday, lastFiredAt }: ListedRule, nowMs: number): Html {
  if (!enabled) return badge("idle", "off");
  return html`${badge("ok", "on")}
    <span class="muted"
      >${lastFiredAt === null ? "never fired" : html`fired ${counted(firedToday, "time")} in 24 hours, last ${ago(lastFiredAt, nowMs)}`}</span
    >`;
}

function switchForm({ id, enabled }: ListedRule): Html {
  return html`<form method="post" action="/automation/rules/${id}/switch">
    <button name="enabled" value="${enabled ? "false" : "true"}">
      Switch ${enabled ? "off" : "on"}<span class="hidden"> rule ${id}</span>
    </button>
  </form>`;
}

function shipped(rule: ListedRule, { mayOperate, nowMs }: AutomationData): Html {
  return card(
    `rule-${rule.id}`,
    rule.id,
    html`${plainSentence(rule)}
      <p class="muted">${rule.description}</p>
      <div class="submit">${mayOperate ? switchForm(rule) : ""}</div>`,
    html`<span class="corner"
      >${rule.source === "shipped" ? html`<span class="chip">shipped</span>` : ""} ${state(rule, nowMs)}</span
    >`,
  );
}

function own(rule: ListedRule, data: AutomationData): Html {
  const draft = data.draft?.isNew === false && data.draft.form.id === rule.id ? data.draft : undefined;
  return card(
    `rule-${rule.id}`,
    rule.id,
    html`<form method="post" action="/automation/rules" class="rule">
        <input type="hidden" name="id" value="${rule.id}" />
        <input type="hidden" name="enabled" value="${String(rule.enabled)}" />
        ${fields(draft?.form ?? formOf(rule), `rule-${rule.id}`, data, rule.recipe?.name)} ${found(draft)}
        <p class="submit">
          <button class="primary">Save</button>
          ${tryButton()}
          <a class="button danger" href="/automation/rules/${rule.id}/delete">Delete</a>
        </p>
      </form>
      <div class="submit">${switchForm(rule)}</div>`,
    html`<span class="corner">${state(rule, data.nowMs)}</span>`,
  );
}

function newRule(data: AutomationData, draft: Draft | undefined): Html {
  return html`<details class="card new-rule" id="new-rule" ${draft === undefined ? "" : html`open`}>
    <summary><b>New rule</b></summary>
    <form method="post" action="/automation/rules" class="rule">
      <input type="hidden" name="isNew" value="true" />
      <p>
        <label for="new-id">Name</label>
        <input
          type="text"
          id="new-id"
          name="id"
          value="${draft?.form.id ?? ""}"
          maxlength="64"
          placeholder="retrain-after-rollback"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
        />
      </p>
      ${fields(draft?.form ?? NEW_RULE, "new", data, undefined)} ${found(draft)}
      <p class="submit">
        <button class="primary">Create rule</button>
        ${tryButton()}
      </p>
    </form>
  </details>`;
}

function fields(form: RuleForm, place: string, { runs }: AutomationData, recipeName: string | undefined): Html {
  return html`${sentenceFields(form, place, runs, recipeName)}
    <p>
      <label for="${place}-description">For people</label>
      <input
        type="text"
        class="wide"
        id="${place}-description"
        name="description"
        value="${form.description}"
        maxlength="500"
        placeholder="why the rule is there"
      />
    </p>`;
}

function tryButton(): Html {
  return html`<button formaction="/automation/try">Try on the last</button>
    <input type="number" class="days" name="days" min="1" max="90" value="30" aria-label="days to look back" /> days`;
}

function found(draft: Draft | undefined): Html {
  if (draft === undefined) return html``;
  const { problems, tried } = draft;
  if (problems.length > 0) {
    return html`<div class="why failed" role="alert">
      <p>${badge("failed", "Not kept")}</p>
      <ul class="lines problems">
        ${problems.map((problem) => html`<li>${problem}</li>`)}
      </ul>
    </div>`;
  }
  if (tried === undefined) return html``;
  const { seen, matched, wouldFire, examples } = tried.result;
  return html`<div class="why" role="status">
    <p><b>Would have fired ${counted(wouldFire, "time")}</b> in the last ${counted(tried.days, "day")}</p>
    <p class="muted">
      ${formatCount(matched)} of ${counted(seen, "event")} of this type met the
      conditions${matched > wouldFire ? `; ${counted(matched - wouldFire, "time")} the limits would have held it back` : ""}.
    </p>
    ${examples.map(
      ({ time, data }) =>
        html`<details>
          <summary>
            <time datetime="${time}">${time.slice(0, 19).replace("T", " ")}</time> ${String(data["model"] ?? "")}
            v${String(data["version"] ?? "")}
          </summary>
          <pre>${JSON.stringify(data, null, 2)}</pre>
        </details>`,
    )}
  </div>`;
}

const TONES: Readonly<Record<RuleOutcome, Tone>> = {
  done: "ok",
  cooldown: "idle",
  daily_limit: "idle",
  in_flight: "idle",
  limit_reached: "warn",
  not_applicable: "warn",
};
/** The file has all. */
const MOST_FIRINGS = 20;

function firingsCard({ firings: answer, nowMs, traceId }: AutomationData): Html {
  if (answer.kind === "failed")
    return card(
      "firings",
      "Firings",
      failing(answer.failure, "Reload the page; if it stays, look at the log of automation.", traceId),
    );
  const firings = valueOf(answer)?.firings ?? [];
  if (firings.length === 0)
    return liveCard(
      "firings",
      "Nothing fired yet",
      empty(ghostBars(), "Each time that the conditions of a rule hold, what came of it will stand here."),
    );
  return liveCard(
    "firings",
    "Firings, newest first",
    html`<ul class="lines">
      ${firings.slice(0, MOST_FIRINGS).map(
        ({ ruleId, outcome, detail, eventType, action, model, version, at }) =>
          html`<li>
            <p>${badge(TONES[outcome], inWords(outcome))} <b>${ruleId}</b>: ${detail}</p>
            <p class="muted">
              ${ago(at, nowMs)}, as ${eventWords(eventType)}: ${model} v${version}; it says to ${ACTION_WORDS[action]}
            </p>
          </li>`,
      )}
    </ul>`,
    html`<span class="corner">${asCommand("npx millrace rules firings")} ${exportLinks("/automation/firings")}</span>`,
  );
}
