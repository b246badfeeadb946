/** What of a run could not be read, and why. */
import { type DroppedDocument, DroppedList } from "@millrace/contracts";
import type { Reader } from "../client.ts";
import { plainText } from "../terminal/plain_text.ts";

export interface QuarantinedOfRun {
  readonly total: number;
  /** The first ten by id. */
  readonly documents: readonly Pick<DroppedDocument, "source" | "reasons">[];
}

const MOST = 10;

export async function askQuarantined(client: Reader, runId: string): Promise<QuarantinedOfRun> {
  const query = new URLSearchParams({ reason: "quarantined", limit: String(MOST) });
  const path = `/api/ingestion/runs/${encodeURIComponent(runId)}/dropped?${query}`;
  const { total, documents } = await client.get(path, DroppedList);
  return { total, documents: documents.map(({ source, reasons }) => ({ source, reasons })) };
}

/** A line for each, with its reasons; none where nothing is. */
export function quarantineLines({ total, documents }: QuarantinedOfRun): string[] {
  if (total === 0) return [];
  const more = total - documents.length;
  return [
    "",
    `Quarantined (${total})`,
    ...documents.map((document) => `  ${quarantineLine(document)}`),
    ...(more > 0 ? [`  and ${more} more; the console's Corpus page has them all`] : []),
  ];
}

/** Where it lies, and why it could not be read. */
export function quarantineLine({ source, reasons }: QuarantinedOfRun["documents"][number]): string {
  const why = reasons.map(({ code, detail }) => `${code}${detail === undefined ? "" : `: ${detail}`}`);
  return `${plainText(source)}  ${plainText(why.join("; "))}`;
}
