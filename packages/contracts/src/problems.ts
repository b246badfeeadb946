import type { z } from "zod";
import { closest } from "./closest.ts";
import { keysAt } from "./known_keys.ts";

/** One thing that is wrong with a value from outside. */
export interface Problem {
  /** Dotted path, e.g. `train.steps`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

const NAMES: Record<string, string> = {
  int: "an integer",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a mapping of keys",
};

/** Unknown keys that are told one by one; a body may hold thousands. */
const MOST_KEYS = 10;

/**
 * Puts a schema's complaints in words: `train.steps: expected a positive integer, found "many"`. An unknown key is a problem of its own.
 * @param error What the schema said.
 * @param input The value that was parsed, to quote what was found.
 * @param schema What parsed it, to say which known key may have been meant.
 * @param tell Says what was found. Default: quotes the beginning of it. Unknown keys are named all the same.
 */
export function problemsOf(
  error: z.ZodError,
  input: unknown,
  schema: z.ZodType,
  tell: (found: unknown) => string = quote,
): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const path = issue.path.map(String).join(".");
    const where = path || "(top level)";
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(schema, issue.path);
      return issue.keys.slice(0, MOST_KEYS).map((key) => {
        const meant = closest(key, known);
        const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
        const place = path === "" ? "" : `${path}: `;
        const message = `${place}expected only known keys, not ${quote(key)}${hint}`;
        return { path: path === "" ? key : `${path}.${key}`, message };
      });
    }
    return [{ path, message: `${where}: ${wordsOf(issue)}, found ${tell(valueAt(input, issue.path))}` }];
  });
}

/** Of what kind a value is, without a word of what it says: for content of files that whoever asks may not be meant to read. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  return NAMES[Array.isArray(value) ? "array" : typeof value] ?? typeof value;
}

function wordsOf(issue: z.core.$ZodIssue): string {
  // A schema that words its own expectation knows best.
  if (issue.message.startsWith("expected ")) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return `expected ${NAMES[issue.expected] ?? issue.expected}`;
    case "too_small":
      if (issue.origin === "number" && issue.minimum === 0 && issue.inclusive !== true) {
        return "expected a positive number";
      }
      return `expected ${issue.inclusive === false ? "more than" : "at least"} ${amount(issue.minimum, issue.origin)}`;
    case "too_big":
      return `expected ${issue.inclusive === false ? "less than" : "at most"} ${amount(issue.maximum, issue.origin)}`;
    case "invalid_value":
      return `expected ${issue.values.length === 1 ? "" : "one of "}${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "invalid_key":
      return `${issue.issues[0] ? wordsOf(issue.issues[0]) : "expected another key"} as the key`;
    case "invalid_union":
      return unionWords(issue);
    default:
      return issue.message.replace(/^Invalid/, "invalid");
  }
}

const UNITS: Record<string, readonly [one: string, many: string]> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
};

/** With what is counted: a bound of a text is on its characters. */
function amount(bound: number | bigint, origin: string): string {
  const [one, many] = UNITS[origin] ?? [];
  const unit = Number(bound) === 1 ? one : many;
  return unit === undefined ? String(bound) : `${bound} ${unit}`;
}

/**
 * What any of the forms would have been, as far as the value itself and not a part of it is at fault; where it has one of the forms
 * already, what that form wants.
 */
function unionWords({ errors, message }: z.core.$ZodIssueInvalidUnion): string {
  const whole = errors.flat().filter(({ path }) => path.length === 0);
  const ofForm = whole.filter(({ code }) => code !== "invalid_type");
  const wanted = [
    ...new Set((ofForm.length > 0 ? ofForm : whole).map((issue) => wordsOf(issue).replace(/^expected /, ""))),
  ];
  return wanted.length === 0 ? message.replace(/^Invalid/, "invalid") : `expected ${wanted.join(" or ")}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Characters of what was found that are shown. */
const LONGEST = 60;

function quote(value: unknown): string {
  if (value === undefined) return "nothing";
  // JSON has no word for them.
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  const text = JSON.stringify(shownOf(value, LONGEST));
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}

/** As much of a value as can be shown. Each level writes a character or more, so what lies deeper than the text is long is cut off. */
function shownOf(value: unknown, levels: number): unknown {
  if (typeof value === "string") return value.slice(0, LONGEST);
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.slice(0, LONGEST).map((one) => shownOf(one, levels - 1));
  const entries = Object.entries(value).slice(0, LONGEST);
  return Object.fromEntries(entries.map(([key, one]) => [key.slice(0, LONGEST), shownOf(one, levels - 1)]));
}
