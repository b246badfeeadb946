/** Where on the Corpus page a view stands: all of it is in the address. */
export interface CorpusView {
  readonly run: string;
  /** Why documents were left out: a code, `duplicates`, `quarantined`, or `any`; absent for those that are kept. */
  readonly reason?: string | undefined;
  /** Only documents of this file or below this folder. */
  readonly under?: string | undefined;
  /** Only documents of this licence; empty for those without any. */
  readonly licence?: string | undefined;
  /** The cluster that is compared, by the document that stands for it, and the member beside it. */
  readonly cluster?: string | undefined;
  readonly member?: string | undefined;
  /** Id of the last document of the page before. */
  readonly after?: string | undefined;
}

const NAMES = ["run", "reason", "under", "licence", "cluster", "member", "after"] as const;

/** @param part Id of the part of the page to go to. */
export function corpusAddress(view: CorpusView, part = "documents"): string {
  const query = new URLSearchParams();
  for (const name of NAMES) if (view[name] !== undefined) query.set(name, view[name]);
  return `/corpus?${query}#${part}`;
}
