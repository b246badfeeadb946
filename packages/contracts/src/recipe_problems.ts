import type { z } from "zod";

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

/**
 * Puts a schema's complaints in words: `train.steps: expected a positive integer, found "many"`.
 * @param error What the schema said.
 * @param input The value that was parsed, to quote what was found.
 */
export function problemsOf(error: z.ZodError, input: unknown): Problem[] {
  return error.issues.map((issue) => {
    const path = issue.path.map(String).join(".");
    return { path, message: `${path || "(top level)"}: ${wordsOf(issue)}, found ${quote(valueAt(input, issue.path))}` };
  });
}

function wordsOf(issue: z.core.$ZodIssue): string {
  // A schema that words its own expectation knows best.
  if (issue.message.startsWith("expected ")) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return `expected ${NAMES[issue.expected] ?? issue.expected}`;
    case "too_small":
      return issue.origin === "array"
        ? `expected at least ${issue.minimum} entries`
        : issue.minimum === 0 && issue.inclusive !== true
          ? "expected a positive number"
          : `expected ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
    case "too_big":
      return `expected ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
    case "unrecognized_keys":
      return `expected only known keys, not ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
    case "invalid_value":
      return `expected one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    default:
      return issue.message.replace(/^Invalid/, "invalid");
  }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function quote(value: unknown): string {
  if (value === undefined) return "nothing";
  // JSON has no word for them.
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
