/** Forgetting a document: what it touched is told before anything is done. */
import { randomUUID } from "node:crypto";
import { ClusterList, DeploymentView, Erasure, ErasureList } from "@millrace/contracts";
import { type Client, type Reader, RequestError } from "../client.ts";
import { documentLines, type DocumentTrace, traceDocument } from "../run/trace.ts";

const BASE = "/api/ingestion/erasures";

export interface ForgetPreview {
  readonly trace: DocumentTrace;
  /** Other documents that say the same, as far as they are listed; each is a document of its own. */
  readonly copies: readonly string[];
  /** Deployments of versions that were trained on it. */
  readonly deployments: readonly Pick<DeploymentView, "model" | "version" | "state" | "percent">[];
}

/**
 * What forgetting a document would touch.
 * @throws {RequestError} If no corpus knows it.
 */
export async function previewForget(client: Reader, id: string): Promise<ForgetPreview> {
  const trace = await traceDocument(client, id);
  const deployments: ForgetPreview["deployments"][number][] = [];
  for (const { name } of trace.versions) deployments.push(...(await deploymentOf(client, name)));
  return { trace, copies: await copiesOf(client, trace), deployments };
}

async function deploymentOf(client: Reader, name: string): Promise<ForgetPreview["deployments"]> {
  const path = name.split("@").map(encodeURIComponent).join("/");
  try {
    const { model, version, state, percent } = await client.get(`/api/deployer/deployments/${path}`, DeploymentView);
    return [{ model, version, state, percent }];
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return [];
    throw error;
  }
}

async function copiesOf(client: Reader, { document }: DocumentTrace): Promise<string[]> {
  if (document.fate === "dropped") {
    const { duplicateOf } = document.document;
    return duplicateOf === undefined ? [] : [duplicateOf];
  }
  const { id, clusterSize } = document.document;
  const [place] = document.places;
  if (clusterSize < 2 || !place) return [];
  const path = `/api/ingestion/runs/${encodeURIComponent(place.runId)}/clusters?representative=${encodeURIComponent(id)}`;
  const { clusters } = await client.get(path, ClusterList);
  return clusters.flatMap(({ members }) => members.map((member) => member.id));
}

/** The preview in words. */
export function previewLines({ trace, copies, deployments }: ForgetPreview): string[] {
  const { clusterSize } = trace.document.fate === "kept" ? trace.document.document : { clusterSize: copies.length + 1 };
  const others =
    clusterSize === 2
      ? "1 other document says the same and stays; forget it as well:"
      : `${clusterSize - 1} other documents say the same and stay; forget them as well:`;
  return [
    ...documentLines(trace),
    ...deployments.map(
      ({ model, version, state, percent }) =>
        `  deployment of ${model}@${version}: ${state}, ${percent} % of the traffic`,
    ),
    ...(clusterSize > 1 ? [`  ${others}`, ...copies.map((id) => `    ${id}`)] : []),
  ];
}

const POLL_MS = 100;
/** What runs do takes its time. */
const WAITING_POLL_MS = 1000;

export interface Forgetting {
  /** Told what is waited for, once each time. */
  readonly tell?: (line: string) => void;
  /** Told of the tombstone as soon as it is there: it holds, however long the rest takes. */
  readonly begun?: (erasure: Erasure) => Promise<void>;
}

/**
 * Forgets a document, and waits until nothing gives it out any more.
 * @throws {RequestError} If a run reads it at the moment.
 * @throws {Error} If it could not be taken out.
 */
export async function forget(client: Client, documentId: string, { tell, begun }: Forgetting = {}): Promise<Erasure> {
  await begun?.(await beginForgetting(client, documentId));
  return untilForgotten(client, documentId, tell);
}

/**
 * Keeps the tombstone; the rest goes on by itself. Of many documents all are begun before the first is waited for: then their ends take
 * little longer than that of one.
 * @param earlier Of the tombstone that this brings back.
 * @throws {RequestError} If a run reads it at the moment.
 */
export async function beginForgetting(
  client: Client,
  documentId: string,
  earlier?: Pick<Erasure, "at" | "by">,
): Promise<Erasure> {
  const kept = earlier === undefined ? {} : { earlier: { at: earlier.at, by: earlier.by } };
  return client.post(BASE, { documentId, idempotencyKey: randomUUID(), ...kept }, Erasure);
}

/**
 * Waits until nothing gives a document out any more.
 * @param tell Told what is waited for, once each time.
 * @throws {Error} If it could not be taken out.
 */
export async function untilForgotten(
  client: Reader,
  documentId: string,
  tell?: (line: string) => void,
): Promise<Erasure> {
  for (let told: string | undefined; ;) {
    const erasure = await client.get(`${BASE}/${documentId}`, Erasure);
    if (erasure.state === "done") return erasure;
    const { waitsFor } = erasure;
    if (waitsFor !== undefined && waitsFor !== told) tell?.(`Waiting: ${waitsFor}`);
    told = waitsFor ?? told;
    if (erasure.state === "failed") {
      throw new Error(
        `forgetting ${documentId}: runs leave it out, but taking it out of what is there failed; see the log`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, waitsFor === undefined ? POLL_MS : WAITING_POLL_MS));
  }
}

/** All tombstones, by id. */
export async function listErasures(client: Reader): Promise<Erasure[]> {
  const found: Erasure[] = [];
  for (;;) {
    const { erasures } = await client.get(`${BASE}?after=${found.at(-1)?.documentId ?? ""}`, ErasureList);
    if (erasures.length === 0) return found;
    found.push(...erasures);
  }
}

/** What is left to do, version by version. */
export function adviceLines({ trace, deployments }: ForgetPreview): string[] {
  if (trace.versions.length === 0) return ["No version was trained on it: nothing else is to be done."];
  const live = new Set(
    deployments.filter(({ percent }) => percent > 0).map(({ model, version }) => `${model}@${version}`),
  );
  return [
    "These versions were trained on it, and their weights and token files still hold what they learnt:",
    ...trace.versions.map(({ name, runId }) => {
      const [model = ""] = name.split("@");
      const replace = `run its recipe again (it leaves the document out), then millrace rollout start ${model}@<new version>`;
      return `  ${name} of ${runId}: ${live.has(name) ? `it answers now; ${replace}` : "not in use; do not roll it out again"}`;
    }),
  ];
}
