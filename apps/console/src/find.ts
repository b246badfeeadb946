/** Ranking of what the palette finds: whatever is known by name, without asking anyone. */
import type { RunView, VersionView } from "@millrace/contracts";
import { formatAgo, shortHash } from "./format.ts";
import { GROUPS } from "./frame/places.ts";
import { versionAddress } from "./version_address.ts";

/** Something that the palette leads to. */
export interface Hit {
  /** In a word: `Run`, `Document`. */
  readonly kind: string;
  readonly title: string;
  readonly detail: string;
  readonly href: string;
}

/** The shortest beginning of a hash that is looked up: as many digits as pages show, or a little fewer. */
const LEAST_DIGITS = 4;

/** The beginning of a hash, in small letters; undefined when it cannot be one. */
export function hashIn(query: string): string | undefined {
  const text = query.toLowerCase();
  return text.length >= LEAST_DIGITS && /^[0-9a-f]{4,64}$/.test(text) ? text : undefined;
}

/** Pages, and what one does often. @param runs Newest first. */
export function pageHits(query: string, runs: readonly RunView[]): Hit[] {
  const [newest] = runs;
  const pages = GROUPS.flatMap(({ stops }) => stops)
    .filter(({ name, short }) => hasWords(query, `Go to ${name} ${short}`))
    .map(({ name, href }) => page(`Go to ${name}`, href));
  const often =
    newest === undefined
      ? []
      : [
          page("Go to newest run", `/runs/${newest.id}`, newest.name),
          page("Go to training of newest run", `/runs/${newest.id}/training`, newest.name),
          page("Go to events of newest run", `/runs/${newest.id}/events`, newest.name),
        ];
  return [...pages, ...often.filter(({ title }) => hasWords(query, title))];
}

function page(title: string, href: string, detail = ""): Hit {
  return { kind: "Page", title, detail, href };
}

export function runHits(query: string, runs: readonly RunView[], nowMs: number): Hit[] {
  const found = runs.filter(({ id, name, state, recipe }) => {
    const hash = hashIn(query);
    return hasWords(query, `${id} ${name} ${state}`) || (hash !== undefined && recipe.sha256.startsWith(hash));
  });
  return found.map(({ id, name, state, createdAt, recipe }) => {
    const isRecipe = !hasWords(query, `${id} ${name} ${state}`);
    const detail = `${name}, ${state}, started ${formatAgo(createdAt, nowMs)}`;
    if (!isRecipe) return { kind: "Run", title: id, detail, href: `/runs/${id}` };
    return {
      kind: "Recipe",
      title: shortHash(recipe.sha256),
      detail: `of ${id}, ${detail}`,
      href: `/runs/${id}/recipe`,
    };
  });
}

/** Versions by name, and what they are made of by hash. */
export function versionHits(query: string, versions: readonly VersionView[]): Hit[] {
  const hash = hashIn(query);
  return versions.flatMap((version) => {
    const { model, version: number, aliases, state, evaluation, runId } = version;
    const name = `${model} v${number}`;
    const href = versionAddress(model, number);
    const known = [name, `${model}@${number}`, ...aliases.map((alias) => `${model}@${alias}`)].join(" ");
    const own: Hit = { kind: "Version", title: name, detail: [state, ...aliases, evaluation.verdict].join(", "), href };
    const parts = hash === undefined ? [] : partsOf(version).filter(({ sha256 }) => sha256.startsWith(hash));
    const made = parts.map(({ kind, sha256, page }): Hit => {
      return { kind, title: shortHash(sha256), detail: `of ${name}, ${runId}`, href: page ?? href };
    });
    return [...(hasWords(query, known) ? [own] : []), ...made];
  });
}

/** What a version is made of, each with the page that tells most of it; without one, the version itself tells. */
function partsOf(version: VersionView): { readonly kind: string; readonly sha256: string; readonly page?: string }[] {
  const { runId, corpusHash, corpus, tokenizer, tokenized, checkpoint, onnx, folder } = version;
  return [
    { kind: "Corpus", sha256: corpusHash, page: `/corpus?run=${runId}` },
    { kind: "Corpus", sha256: corpus.sha256, page: `/corpus?run=${runId}` },
    { kind: "Tokenizer", sha256: tokenizer.sha256, page: `/runs/${runId}` },
    { kind: "Tokens", sha256: tokenized.sha256, page: `/runs/${runId}` },
    { kind: "Checkpoint", sha256: checkpoint.sha256, page: `/runs/${runId}/training` },
    ...(onnx === null ? [] : [{ kind: "ONNX", sha256: onnx.sha256 }]),
    ...(folder === null ? [] : [{ kind: "Export", sha256: folder.sha256 }]),
    ...(version.package === null ? [] : [{ kind: "Package", sha256: version.package.sha256 }]),
  ];
}

/** Whether a text has every word of a query. */
function hasWords(query: string, text: string): boolean {
  const within = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => within.includes(word));
}
