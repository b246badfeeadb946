import { type CreatedKey, CreateKey, type KeyList, uuidV5, VerifyKey } from "@millrace/contracts";
import { hashApiKey, type Http, HttpError, needs, newApiKey, readJson } from "@millrace/service";
import { z } from "zod";
import { endOfKey, findHolder, keepKey, listKeys, revokeKey } from "../key_store.ts";
import { recordAct } from "../audit.ts";
import { administered } from "../administered.ts";

const BASE = "/api/registry/keys";

/** API keys over HTTP. */
export function keyRoutes(http: Http): void {
  http.get(BASE, needs("admin", "admin"), async (context) => {
    const project = administered(context, context.req.query("project"));
    const list: KeyList = { keys: await listKeys(context.var.ports.database.drizzle, project) };
    return context.json(list);
  });

  http.post(BASE, needs("admin", "admin"), async (context) => {
    const wanted = await readJson(context, CreateKey);
    const { ports, identity } = context.var;
    const project = administered(context, wanted.project);
    const [now, secret] = [ports.now(), newApiKey("mlr_")];
    if (wanted.expiresAt !== null && Date.parse(wanted.expiresAt) <= now) {
      throw new HttpError(400, "invalid_request", `expiresAt: expected a time to come, found ${wanted.expiresAt}`);
    }
    const beyond = wanted.scopes.filter((scope) => identity.scopes?.includes(scope) === false);
    if (beyond.length > 0) {
      const found = `found ${beyond.join(", ")}, wanted at most those of your own key: ${identity.scopes?.join(", ")}`;
      throw new HttpError(403, "forbidden", `scopes: ${found}`);
    }
    if (identity.keyId !== undefined) {
      const end = await endOfKey(ports.database.drizzle, identity.keyId);
      if (end !== null && (wanted.expiresAt === null || Date.parse(wanted.expiresAt) > end)) {
        const found = `found ${wanted.expiresAt ?? "no end"}, wanted ${new Date(end).toISOString()} at most`;
        throw new HttpError(403, "forbidden", `expiresAt: a key cannot outlive the key that makes it: ${found}`);
      }
    }
    const { idempotencyKey } = wanted;
    const id =
      idempotencyKey === undefined
        ? crypto.randomUUID()
        : await uuidV5(JSON.stringify(["key", project, idempotencyKey]));
    const hash = await hashApiKey(secret);
    const key = await ports.database.transaction(async (db) => {
      const made = await keepKey(db, wanted, { id, project, hash, createdAt: now, createdBy: identity.name });
      if (made === undefined) {
        const message = `making a key: it was made already, as ${id}, and its secret is shown once`;
        throw new HttpError(409, "conflict", `${message}; where nobody has it, revoke that key and make another`);
      }
      const { name, role, scopes, expiresAt } = made;
      const act = { project, at: now, actor: identity.name, action: "key.created", target: `key ${id}` };
      await recordAct(db, { ...act, detail: { name, role, scopes, expiresAt } });
      return made;
    });
    const created: CreatedKey = { key, secret };
    return context.json(created, 201);
  });

  http.post(`${BASE}/:id/revoke`, needs("admin", "admin"), async (context) => {
    const { ports, identity } = context.var;
    const project = administered(context, context.req.query("project"));
    const id = context.req.param("id");
    const now = ports.now();
    const revoked = await ports.database.transaction(async (db) => {
      const found = z.uuid().safeParse(id).success ? await revokeKey(db, project, id, now) : undefined;
      if (found?.changed) {
        const act = { project, at: now, actor: identity.name, action: "key.revoked", target: `key ${id}` };
        await recordAct(db, { ...act, detail: { name: found.key.name } });
      }
      return found;
    });
    if (revoked === undefined)
      throw new HttpError(404, "not_found", `revoking key "${id}": there is none in this project`);
    return context.json(revoked.key);
  });

  http.post(`${BASE}/verify`, needs("admin", "admin"), async (context) => {
    const { ports, identity } = context.var;
    if (!identity.isService) {
      throw new HttpError(
        403,
        "forbidden",
        `verifying a key: found ${identity.name}, wanted a service of this installation`,
      );
    }
    const holder = await findHolder(ports.database.drizzle, await readJson(context, VerifyKey), ports.now());
    return context.json({ holder });
  });
}
