/** `/admin`: keys, projects and limits, the audit log, health. */
import {
  AuditPage,
  AuditVerification,
  CreatedKey,
  KeyList,
  KeyView,
  LimitChanges,
  ProjectLimits,
  ProjectList,
  ProjectName,
  ProjectView,
  uuidV5,
} from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, requireRole } from "@millrace/service";
import { z } from "zod";
import { ask, tell, valueOf, valueOrThrow } from "../ask.ts";
import { adminPage } from "../pages/admin.ts";
import { createdKeyPage } from "../pages/admin_keys.ts";
import { confirmPage } from "../pages/confirm.ts";
import { askHealth } from "../service_health.ts";
import { addPage, askRuns, type Page, sendPage, type Site, traceId } from "./page_context.ts";
import { addPost } from "./post_route.ts";

const KEYS = "/api/registry/keys";
const DAY_MS = 86_400_000;
/** The registry judges what is in it. */
const KeyForm = z.object({
  name: z.string(),
  role: z.string(),
  scopes: z.union([z.string(), z.array(z.string())]).default([]),
  days: z.string().regex(/^\d{0,4}$/),
  /** Of this showing of the form. */
  key: z.uuid(),
});
/** Newest entries that the page shows; the command shows all. */
const ENTRIES = 25;

export function adminRoutes(http: Http, site: Site): void {
  addPage(http, site, "/admin", async (context) => {
    requireRole(context, "admin", "admin");
    const { ports, identity } = context.var;
    const [keys, projects, audit, verification, health, runs] = await Promise.all([
      ask(context, "registry", KEYS, KeyList),
      ask(context, "registry", "/api/registry/projects", ProjectList),
      ask(context, "registry", `/api/registry/audit?limit=${ENTRIES}`, AuditPage),
      ask(context, "registry", "/api/registry/audit/verify", AuditVerification),
      askHealth(ports.peers),
      askRuns(context),
    ]);
    const shown = {
      formKey: crypto.randomUUID(),
      nowMs: ports.now(),
      traceId: traceId(context),
      mayLimit: identity.ofInstallation === true,
    };
    const body = adminPage({ keys, projects, audit, verification, health, ...shown });
    return { title: "Admin", place: "admin", body, runs: valueOf(runs)?.runs };
  });

  addPost(
    http,
    site,
    "/admin/keys",
    async (context) => {
      const form = KeyForm.safeParse(await context.req.parseBody({ all: true }));
      if (!form.success) {
        throw new HttpError(400, "invalid_request", "making a key: wanted what the form on the Admin page sends");
      }
      const { key, ...typed } = form.data;
      const { name, role, scopes, days } = typed;
      const expiresAt = days === "" ? null : new Date(context.var.ports.now() + Number(days) * DAY_MS).toISOString();
      // The key of the form and what it holds: loading the page again makes no second key, another name does.
      const idempotencyKey = await uuidV5(JSON.stringify(["key", key, typed]));
      const wanted = { name, role, scopes: [scopes].flat(), expiresAt, idempotencyKey };
      const created = valueOrThrow(await tell(context, "registry", KEYS, wanted, CreatedKey));
      return sendPage(context, site, pageOf("Key", createdKeyPage(created)));
    },
    "admin",
  );

  addPage(http, site, "/admin/keys/:id/revoke", async (context) => {
    requireRole(context, "admin", "admin");
    return confirmation(await readKey(context), undefined);
  });

  addPost(
    http,
    site,
    "/admin/keys/:id/revoke",
    async (context) => {
      const key = await readKey(context);
      const { name } = await context.req.parseBody();
      if (name !== key.name) return sendPage(context, site, { ...confirmation(key, String(name ?? "")), status: 422 });
      valueOrThrow(await tell(context, "registry", `${KEYS}/${key.id}/revoke`, {}, KeyView));
      return context.redirect("/admin", 303);
    },
    "admin",
  );

  addPost(
    http,
    site,
    "/admin/projects",
    async (context) => {
      const form = await context.req.parseBody();
      const name = ProjectName.safeParse(form["name"]);
      if (!name.success) throw new HttpError(400, "invalid_request", `project: ${name.error.issues[0]?.message}`);
      // What somebody else has set since the page was made, and this sender did not touch, stays.
      const changed = Object.keys(ProjectLimits.shape).filter((key) => form[key] !== form[`was-${key}`]);
      const limits = LimitChanges.safeParse(Object.fromEntries(changed.map((key) => [key, limitOf(form[key])])));
      if (!limits.success) {
        throw new HttpError(
          400,
          "invalid_request",
          `limits of ${name.data}: wanted whole numbers, or nothing for no limit`,
        );
      }
      const path = `/api/registry/projects/${name.data}`;
      valueOrThrow(await tell(context, "registry", path, limits.data, ProjectView, "PUT"));
      return context.redirect("/admin#projects", 303);
    },
    "admin",
  );
}

/** An empty field is no limit; what is no number is left to the contract to refuse. */
function limitOf(field: unknown): unknown {
  if (field === "") return null;
  return typeof field === "string" && field.trim() !== "" ? Number(field) : field;
}

async function readKey(context: HttpContext): Promise<KeyView> {
  const { keys } = valueOrThrow(await ask(context, "registry", KEYS, KeyList), "There are no keys.");
  const key = keys.find(({ id }) => id === context.req.param("id"));
  if (key === undefined) throw new HttpError(404, "not_found", "There is no such key in this project.");
  return key;
}

function confirmation(key: KeyView, typed: string | undefined): Page {
  const used = key.lastUsedAt === null ? "It was never used." : `It was last used at ${key.lastUsedAt}.`;
  const body = confirmPage({
    title: `Revoke the key of ${key.name}?`,
    effects: ["Every service refuses it within three seconds, and console sessions begun with it end.", used],
    name: key.name,
    verb: "Revoke",
    action: `/admin/keys/${key.id}/revoke`,
    back: "/admin",
    command: `npx millrace keys revoke ${key.id}`,
    key: key.id,
    typed,
  });
  return pageOf("Revoke", body);
}

function pageOf(title: string, body: Page["body"]): Page {
  return { title, place: "admin", body, runs: undefined };
}
