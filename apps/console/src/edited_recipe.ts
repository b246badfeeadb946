/** A recipe as it is edited in the console: YAML there and back, and what is wrong with it. */
import { mayLeaveFolder, type Problem, problemsOf, Recipe } from "@millrace/contracts";
import { parseDocument, stringify } from "yaml";

export type Edited =
  { readonly ok: true; readonly recipe: Recipe } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Characters of a recipe that is read. */
const LONGEST = 100_000;
const PRESETS = ["web", "documentation", "minimal"];

/** A recipe as YAML. */
export function recipeText(recipe: Recipe): string {
  return stringify(recipe, { lineWidth: 100 });
}

/**
 * Reads an edited recipe. What it may read from the server's disk is what the run before was allowed to: a browser can name no other
 * folder, file or policy.
 * @param text YAML or JSON, from outside.
 * @param before The recipe that was edited.
 */
export function readEdited(text: string, before: Recipe): Edited {
  if (text.length > LONGEST) return refused("", `expected at most ${LONGEST} characters of YAML, found ${text.length}`);
  const document = parseDocument(text, { prettyErrors: true });
  const [wrong] = document.errors;
  if (wrong) return refused("", `expected YAML, found ${firstLine(wrong.message)}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return refused("", `expected YAML, found ${error instanceof Error ? firstLine(error.message) : String(error)}`);
  }
  const parsed = Recipe.safeParse(value);
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, value, Recipe) };
  const problems = outOfReach(parsed.data, before);
  return problems.length === 0 ? { ok: true, recipe: parsed.data } : { ok: false, problems };
}

function refused(path: string, message: string): Edited {
  return { ok: false, problems: [{ path, message: `(top level): ${message}` }] };
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0]?.replace(/:$/, "") ?? "";
}

function outOfReach({ sources, corpus }: Recipe, before: Recipe): Problem[] {
  const known = before.sources.map(({ path }) => path);
  const quoted = known.map((path) => JSON.stringify(path)).join(", ");
  const problems = sources.flatMap(({ path, include = [] }, index): Problem[] => {
    const leaving = include.flatMap((pattern, number): Problem[] => {
      if (!mayLeaveFolder(pattern)) return [];
      const at = `sources.${index}.include.${number}`;
      const wanted = 'a pattern below the source, neither absolute nor with ".."';
      return [{ path: at, message: `${at}: expected ${wanted}, found ${JSON.stringify(pattern)}` }];
    });
    if (known.some((one) => isWithin(path, one))) return leaving;
    const at = `sources.${index}.path`;
    const wanted = `one of the run's sources (${quoted}) or a path below it; others need the command line`;
    return [{ path: at, message: `${at}: expected ${wanted}, found ${JSON.stringify(path)}` }, ...leaving];
  });
  if (corpus.policy === before.corpus.policy || PRESETS.includes(corpus.policy)) return problems;
  const wanted = `one of ${[...new Set([...PRESETS, before.corpus.policy])].map((name) => JSON.stringify(name)).join(", ")}`;
  return [
    ...problems,
    {
      path: "corpus.policy",
      message: `corpus.policy: expected ${wanted}; other files need the command line, found ${JSON.stringify(corpus.policy)}`,
    },
  ];
}

/** A pattern is known as it stands only: what it would match elsewhere cannot be told from its letters. */
function isWithin(path: string, known: string): boolean {
  if (path === known) return true;
  if (/[*?[{]/.test(known) || !path.startsWith(`${known}/`) || path.includes("..")) return false;
  return !mayLeaveFolder(path.slice(known.length + 1));
}
