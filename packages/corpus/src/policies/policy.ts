/**
 * A policy decides from signals whether a document stays. It is data: a list of bounds, each with the reason code under which a
 * drop is counted. All rules are asked, so that a report shows every reason and not only the first.
 */
import { SIGNAL_NAMES, type SignalName } from "../signals/signal_names.ts";
import type { SignalContext, Signals } from "../signals/signals.ts";

/** One bound. A value equal to a bound passes. At least one of `min` and `max` is given. */
export interface Rule {
  readonly signal: SignalName;
  readonly min?: number;
  readonly max?: number;
  /** Stable snake_case code of a drop by this rule. */
  readonly reason: string;
}

/** A named set of rules. */
export interface Policy {
  readonly name: string;
  /** Which text goes on when the document stays: as it was, or what C4's line rules leave of it. */
  readonly text: "original" | "c4_lines";
  /** Languages (ISO 639-1) that stay. Empty: all, and a document needs no detected language. */
  readonly languages: readonly string[];
  readonly rules: readonly Rule[];
}

/** One rule that a document did not meet. */
export interface Reason {
  readonly code: string;
  readonly signal: SignalName | "language";
  readonly value: number | string;
  /** What was wanted: `>= 50`, `<= 0.1`, `one of en, de`. */
  readonly wanted: string;
}

/** What a policy says of one document. */
export interface Decision {
  readonly keep: boolean;
  readonly reasons: readonly Reason[];
}

/** Reason code of a document in a language that the policy does not want. */
const LANGUAGE_REASON = "language_not_wanted";

/**
 * Asks every rule of a policy.
 * @param language The detected language; needed when the policy names languages.
 * @throws {TypeError} If the policy names languages and none is given.
 */
export function decide(signals: Signals, policy: Policy, language?: SignalContext["language"]): Decision {
  const reasons: Reason[] = [];
  if (policy.languages.length > 0) {
    if (language === undefined) {
      const wanted = policy.languages.join(", ");
      throw new TypeError(
        `Cannot apply policy "${policy.name}": found a document without a detected language, wanted one of ${wanted}`,
      );
    }
    if (!policy.languages.includes(language.code)) {
      const wanted = `one of ${policy.languages.join(", ")}`;
      reasons.push({ code: LANGUAGE_REASON, signal: "language", value: language.code, wanted });
    }
  }
  for (const { signal, min, max, reason } of policy.rules) {
    const value = signals[signal];
    if (min !== undefined && value < min) reasons.push({ code: reason, signal, value, wanted: `>= ${min}` });
    if (max !== undefined && value > max) reasons.push({ code: reason, signal, value, wanted: `<= ${max}` });
  }
  return { keep: reasons.length === 0, reasons };
}

const REASON_CODE = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * Checks a policy that came from outside, such as a parsed JSON or YAML file.
 * @param value `{ name, text?, languages?, rules: [{ signal, min?, max?, reason }] }`; `text` is "original" and `languages`
 *   empty when left out.
 * @throws {TypeError} On the first fault, with its path: unknown key, unknown signal, rule without bound, wrong type.
 */
export function parsePolicy(value: unknown): Policy {
  const policy = object(value, "policy", ["name", "text", "languages", "rules"]);
  const text = policy["text"] ?? "original";
  if (text !== "original" && text !== "c4_lines") fault("policy.text", `"original" or "c4_lines"`, text);
  const languages = list(policy["languages"] ?? [], "policy.languages").map((code, index) =>
    string(code, `policy.languages[${index}]`, /^[a-z]{2,3}$/, "an ISO 639 code such as en"),
  );
  const rules = list(policy["rules"], "policy.rules").map((rule, index) => parseRule(rule, `policy.rules[${index}]`));
  const name = string(policy["name"], "policy.name", /^[\w.-]{1,64}$/, "1 to 64 letters, digits, dots, dashes");
  return { name, text, languages, rules };
}

function parseRule(value: unknown, path: string): Rule {
  const rule = object(value, path, ["signal", "min", "max", "reason"]);
  const signal = SIGNAL_NAMES.find((name) => name === rule["signal"]);
  if (signal === undefined) fault(`${path}.signal`, `one of ${SIGNAL_NAMES.join(", ")}`, rule["signal"]);
  const bounds: { min?: number; max?: number } = {};
  for (const side of ["min", "max"] as const) {
    const bound = rule[side];
    if (bound === undefined) continue;
    if (typeof bound !== "number" || !Number.isFinite(bound)) fault(`${path}.${side}`, "a finite number", bound);
    bounds[side] = bound;
  }
  if (bounds.min === undefined && bounds.max === undefined) fault(path, "min, max or both", value);
  const reason = string(rule["reason"], `${path}.reason`, REASON_CODE, "a snake_case code");
  return { signal, ...bounds, reason };
}

function object(value: unknown, path: string, keys: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fault(path, "an object", value);
  const unknown = Object.keys(value).findIndex((key) => !keys.includes(key));
  if (unknown >= 0)
    throw new TypeError(
      `Cannot use policy: ${path}: expected no other keys than ${keys.join(", ")}, found one at place ${unknown + 1}`,
    );
  return value as Readonly<Record<string, unknown>>;
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) fault(path, "a list", value);
  return value as readonly unknown[];
}

function string(value: unknown, path: string, pattern: RegExp, wanted: string): string {
  if (typeof value !== "string" || !pattern.test(value)) fault(path, wanted, value);
  return value;
}

/** What is no policy may be any file, and its content nobody's to read: only the kind of what was found is told. */
function fault(path: string, wanted: string, found: unknown): never {
  throw new TypeError(`Cannot use policy: ${path}: expected ${wanted}, found ${kindOf(found)}`);
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return "text";
  return typeof value === "number" ? "a number" : `a ${typeof value}`;
}
