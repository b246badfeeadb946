/** A model on Hugging Face's hub, as recipes name it. */
export interface HubName {
  /** `owner/name`. */
  readonly repository: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

const PREFIX = "hf:";
// As the hub has them: a name neither begins nor ends with punctuation, and has no two dots or hyphens in a row.
const PART = String.raw`(?!.*(?:\.\.|--))[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?`;
const REVISION = String.raw`[A-Za-z0-9_][\w.-]*(?:\/[A-Za-z0-9_][\w.-]*)*`;
const NAME = new RegExp(`^(?<repository>${PART}/${PART})(?:@(?<revision>(?!.*\\.\\.)${REVISION}))?$`);
const LONGEST_REVISION = 200;

/** Whether a recipe means the hub by this, and not a folder. */
export function isHubName(from: string): boolean {
  return from.startsWith(PREFIX);
}

/**
 * Reads `hf:owner/name@revision`; without a revision it is the branch `main`.
 * @returns Undefined if it is not of this form.
 */
export function parseHubName(from: string): HubName | undefined {
  if (!isHubName(from)) return undefined;
  const { repository, revision = "main" } = NAME.exec(from.slice(PREFIX.length))?.groups ?? {};
  if (repository === undefined || revision.length > LONGEST_REVISION) return undefined;
  return { repository, revision };
}
