import { type ApprovalList, DecideApproval, EVENTS, ModelName, Protection } from "@millrace/contracts";
import {
  type EffectContext,
  type Http,
  type HttpContext,
  HttpError,
  needs,
  readJson,
  runCommand,
} from "@millrace/service";
import { eq } from "drizzle-orm";
import { recordAct } from "../audit.ts";
import {
  type Approval,
  approvalView,
  keepDecision,
  lastAsked,
  listApprovals,
  protectAliases,
  protectedOf,
} from "../approval_store.ts";
import { versions } from "../tables.ts";
import { listVersions, LIVE, setAlias } from "../versions_store.ts";

const MODEL = "/api/registry/models/:name";

/** Protected aliases and approvals over HTTP. */
export function approvalRoutes(http: Http): void {
  http.get(`${MODEL}/protection`, needs("viewer", "read"), async (context) => {
    const { ports, identity } = context.var;
    const aliases = await protectedOf(ports.database.drizzle, identity.project, context.req.param("name"));
    return context.json({ aliases } satisfies Protection);
  });

  http.put(`${MODEL}/protection`, needs("admin", "admin"), async (context) => {
    const { ports, identity } = context.var;
    const { project, name: actor } = identity;
    const model = modelOf(context);
    const aliases = [...new Set((await readJson(context, Protection)).aliases)].toSorted();
    await ports.database.transaction(async (db) => {
      if (aliases.length > 0 && (await listVersions(db, project, eq(versions.model, model), 1)).length === 0) {
        const message = `protecting ${model}: found no version of such a model in this project, wanted one`;
        throw new HttpError(404, "not_found", message);
      }
      const before = await protectedOf(db, project, model);
      await protectAliases(db, project, model, aliases);
      const act = { project, at: ports.now(), actor, action: "protection.changed", target: `model ${model}` };
      await recordAct(db, { ...act, detail: { before, after: aliases } });
    });
    return context.json({ aliases } satisfies Protection);
  });

  http.get(`${MODEL}/approvals`, needs("viewer", "read"), async (context) => {
    const { ports, identity } = context.var;
    const written = context.req.query("version");
    const version = written === undefined ? {} : { version: numberOf(written) };
    const which = { model: context.req.param("name"), ...version };
    const approvals = await listApprovals(ports.database.drizzle, identity.project, which);
    return context.json({ approvals } satisfies ApprovalList);
  });

  http.get("/api/registry/approvals", needs("viewer", "read"), async (context) => {
    const { ports, identity } = context.var;
    const state = context.req.query("state") ?? "pending";
    if (state !== "pending" && state !== "all") {
      throw new HttpError(400, "invalid_request", `state: expected pending or all, found "${state}"`);
    }
    const which = state === "all" ? {} : ({ state } as const);
    const approvals = await listApprovals(ports.database.drizzle, identity.project, which);
    return context.json({ approvals } satisfies ApprovalList);
  });

  http.post(`${MODEL}/approvals`, needs("approver", "deploy"), async (context) => {
    const { version, alias = LIVE, ...decision } = await readJson(context, DecideApproval);
    const asked = { model: modelOf(context), version, alias };
    const { ports, identity } = context.var;
    const found = await lastAsked(ports.database.drizzle, identity.project, asked);
    requirePending(found, asked, identity.name);
    // Each request is judged by itself under the lock: two who decide at once may disagree.
    const command = { name: "decide_approval", version: 1, idempotencyKey: crypto.randomUUID() };
    const { runId } = found;
    await runCommand(context, { ...command, correlationId: runId, subject: runId }, async (effect) => {
      const pending = await lastAsked(effect.db, effect.project, asked);
      requirePending(pending, asked, identity.name);
      await decide(effect, pending, decision, identity.name);
    });
    const decided = (await lastAsked(ports.database.drizzle, identity.project, asked)) as Approval;
    return context.json(approvalView(decided));
  });
}

async function decide(
  effect: EffectContext,
  approval: Approval,
  { decision, comment }: Pick<DecideApproval, "decision" | "comment">,
  by: string,
): Promise<void> {
  const { project, model, version, alias, runId, attempt, requestedBy } = approval;
  const at = effect.now();
  await keepDecision(effect.db, approval, { state: decision, decidedBy: by, decidedAt: at, comment });
  const act = { project, at, actor: by, action: `approval.${decision}`, target: `${model}@${version}` };
  await recordAct(effect.db, { ...act, detail: { alias, requestedBy, comment } });
  if (alias === LIVE) {
    const named = { runId, model, version, attempt };
    const key = `${model}@${version} attempt ${attempt}`;
    effect.output(key, EVENTS.approvalDecided, { ...named, decision, by, comment });
  } else if (decision === "approved") {
    await setAlias(effect.db, project, model, alias, version);
  }
}

/** @throws {HttpError} 409 if nothing waits, 403 for whoever has asked for it. */
function requirePending(
  found: Approval | undefined,
  { model, version, alias }: Pick<Approval, "model" | "version" | "alias">,
  who: string,
): asserts found is Approval {
  const what = `deciding about ${model}@${version} as ${alias}`;
  if (found === undefined) throw new HttpError(409, "conflict", `${what}: nobody has asked for it`);
  if (found.state !== "pending") throw new HttpError(409, "conflict", `${what}: it is ${found.state} already`);
  if (found.requestedBy === who) {
    const message = `${what}: found ${who}, who has asked for it, wanted somebody else`;
    throw new HttpError(403, "self_approval", message);
  }
}

function modelOf(context: HttpContext): string {
  const name = ModelName.safeParse(context.req.param("name"));
  if (name.success) return name.data;
  throw new HttpError(400, "invalid_request", `model: ${name.error.issues[0]?.message}`);
}

function numberOf(written: string): number {
  if (/^[1-9]\d{0,8}$/.test(written)) return Number(written);
  throw new HttpError(400, "invalid_request", `version: expected a positive integer, found "${written}"`);
}
