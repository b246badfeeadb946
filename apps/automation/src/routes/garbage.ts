import { CollectGarbage, type GarbageReport, HubCacheReport, NamedArtifacts, SERVICE_NAMES } from "@millrace/contracts";
import { type Http, type HttpContext, needs, readJson } from "@millrace/service";
import { min } from "drizzle-orm";
import { collectGarbage } from "../garbage/collect_garbage.ts";
import { underWay } from "../store.ts";
import { runs } from "../tables.ts";

const PAGE = 500;

/** Removes artifacts that nobody needs. Here, because runs and dead letters are: what they will want once more must stay. */
export function garbageRoutes(http: Http): void {
  http.post("/api/automation/garbage", needs("admin", "admin"), async (context) => {
    const wanted = await readJson(context, CollectGarbage);
    const { artifacts, ports } = context.var;
    // In this order: what ends meanwhile is found with who takes it over.
    const named = async (): Promise<NamedArtifacts[]> => [
      await ofUnfinishedRuns(context),
      await ofDeadLetters(context),
      ...(await Promise.all(SERVICE_NAMES.map((service) => askService(context, service)))),
    ];
    // Asked before anything goes: whether it answers is not to be found out afterwards.
    const cached = await askHubCache(context, { ...wanted, dryRun: true });
    const report = await collectGarbage({ artifacts, named, nowMs: ports.now() }, wanted);
    return context.json(withHubCache(report, wanted.dryRun ? cached : await askHubCache(context, wanted)));
  });
}

/**
 * Models of a hub are no artifacts and of no project: they are told to who may clean up all of the installation.
 * @returns Undefined to others.
 */
async function askHubCache(
  { var: { identity, ports } }: HttpContext,
  wanted: CollectGarbage,
): Promise<HubCacheReport | undefined> {
  if (!identity.ofInstallation) return undefined;
  const path = "/api/ingestion/hub-cache/garbage";
  const headers = { "content-type": "application/json", "millrace-project": identity.project };
  const request = new Request(`http://peer${path}`, { method: "POST", headers, body: JSON.stringify(wanted) });
  const response = await ports.peers.fetch("ingestion", request);
  if (!response.ok) throw new Error(`asking ingestion for ${path}: found status ${response.status}`);
  return HubCacheReport.parse(await response.json());
}

function withHubCache(report: GarbageReport, cached: HubCacheReport | undefined): GarbageReport {
  if (cached === undefined) return report;
  const { kept, freed } = cached;
  const young = { artifacts: report.young.artifacts + kept.files, bytes: report.young.bytes + kept.bytes };
  if (freed.files === 0) return { ...report, young };
  const garbage = [...report.garbage, { kind: "base model of a hub", artifacts: freed.files, bytes: freed.bytes }];
  return { ...report, young, garbage: garbage.toSorted((left, right) => right.bytes - left.bytes) };
}

async function askService(context: HttpContext, service: string): Promise<NamedArtifacts> {
  const headers = { "millrace-project": context.var.identity.project };
  const request = new Request(`http://peer/api/${service}/named-artifacts`, { headers });
  const response = await context.var.ports.peers.fetch(service, request);
  if (!response.ok) throw new Error(`asking ${service} which artifacts it needs: found status ${response.status}`);
  return NamedArtifacts.parse(await response.json());
}

/** What the stages of a run have stored is named by the next stage only when it begins. */
async function ofUnfinishedRuns(context: HttpContext): Promise<NamedArtifacts> {
  const { ports, identity } = context.var;
  const [oldest] = await ports.database.drizzle
    .select({ since: min(runs.createdAt) })
    .from(runs)
    .where(underWay(identity.project));
  return { artifacts: [], workingSinceMs: oldest?.since ?? null };
}

/** A dead letter that is brought back wants what it names. */
async function ofDeadLetters(context: HttpContext): Promise<NamedArtifacts> {
  const { ports, identity } = context.var;
  const addresses = new Set<string>();
  for (let after = 0; ;) {
    const letters = await ports.bus.deadLetters({ project: identity.project, after, limit: PAGE });
    for (const { payload } of letters) {
      for (const [address] of payload.matchAll(/[0-9a-f]{64}/g)) addresses.add(address);
    }
    const last = letters.at(-1);
    if (!last || letters.length < PAGE) break;
    after = last.sequence;
  }
  return { artifacts: [...addresses].map((sha256) => ({ sha256, mediaType: null })), workingSinceMs: null };
}
