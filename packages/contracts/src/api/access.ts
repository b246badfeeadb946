/** `/api/registry`: API keys, projects and their limits, the audit log. */
import { z } from "zod";
import { Sha256 } from "../artifact.ts";
import { ProjectLimits, Role, Scope } from "../formats/access.ts";
import { ProjectName } from "../project.ts";
import { SERVICE_NAMES } from "../service_name.ts";

/** Names of those who are no holders of a key. */
const RESERVED: readonly string[] = ["local", "admin", "metrics", ...SERVICE_NAMES];

/** Who holds a key, as the audit log names them. Keys of one name are one person's: they do not approve for each other. */
const HolderName = z
  .string()
  .regex(/^[\p{L}\p{N}](?:[\p{L}\p{N} ._@-]{0,78}[\p{L}\p{N}])?$/u, {
    error: "expected 1 to 80 letters, digits, blanks and . _ @ -, with a letter or digit at both ends",
  })
  .refine((name) => !RESERVED.includes(name.toLowerCase()), { error: `expected none of ${RESERVED.join(", ")}` });

/** An API key without what it opens with. */
export const KeyView = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  project: ProjectName,
  role: Role,
  scopes: z.array(Scope),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  /** Null: it does not expire. */
  expiresAt: z.iso.datetime().nullable(),
  /** To within a minute; null before the first use. */
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});
export type KeyView = z.infer<typeof KeyView>;

/** `GET /api/registry/keys`: of the project, newest first, revoked ones too. */
export const KeyList = z.strictObject({ keys: z.array(KeyView) });
export type KeyList = z.infer<typeof KeyList>;

/** `POST /api/registry/keys`. */
export const CreateKey = z.strictObject({
  name: HolderName,
  role: Role,
  /** At least one. */
  scopes: z.array(Scope).min(1),
  expiresAt: z.iso.datetime().nullable(),
  /** Another project than the sender's: for the key of the installation alone. */
  project: ProjectName.optional(),
  /** With the same one no second key is made: 409, since a secret is shown once. */
  idempotencyKey: z.string().min(1).max(200).optional(),
});
export type CreateKey = z.infer<typeof CreateKey>;

/** Its answer, and the only time that the secret is shown. */
export const CreatedKey = z.strictObject({ key: KeyView, secret: z.string() });
export type CreatedKey = z.infer<typeof CreatedKey>;

/** `POST /api/registry/keys/:id/revoke` answers with a KeyView; a key that is revoked already stays as it is. */

/** `POST /api/registry/keys/verify`, for services alone: by the hash of what was presented, or by a key's id. */
export const VerifyKey = z.union([z.strictObject({ hash: Sha256 }), z.strictObject({ id: z.uuid() })]);
export type VerifyKey = z.infer<typeof VerifyKey>;

/** Its answer: null where the key is unknown, expired or revoked. */
export const VerifiedKey = z.strictObject({
  holder: KeyView.pick({ id: true, name: true, project: true, role: true, scopes: true }).nullable(),
});
export type VerifiedKey = z.infer<typeof VerifiedKey>;

/** What was done, by whom. The hash is of everything else in the entry, the hash before it included. */
export const AuditEntry = z.strictObject({
  /** 1, 2, 3, … in the project. */
  seq: z.int().positive(),
  at: z.iso.datetime(),
  actor: z.string(),
  /** Such as `key.created`. */
  action: z.string(),
  target: z.string(),
  detail: z.record(z.string(), z.json()),
  previous: Sha256,
  hash: Sha256,
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** `GET /api/registry/audit?before=<seq>&limit=<1..200>&actor=&action=&target=`: newest first. */
export const AuditPage = z.strictObject({
  entries: z.array(AuditEntry),
  /** The `before` of the next page; null at the end. */
  next: z.int().positive().nullable(),
});
export type AuditPage = z.infer<typeof AuditPage>;

/** `GET /api/registry/audit/verify`: the whole chain of the project is computed again. */
export const AuditVerification = z.strictObject({
  entries: z.int().nonnegative(),
  /** Of the last entry; kept elsewhere, it proves later that nothing before it was changed. */
  head: Sha256,
  /** The first entry that is not as it was written; null where all are. */
  problem: z.strictObject({ seq: z.int().positive(), message: z.string() }).nullable(),
});
export type AuditVerification = z.infer<typeof AuditVerification>;

/** `GET /api/registry/projects/:name`; `PUT` with `LimitChanges` sets those limits, and makes the project if there is none. */
export const ProjectView = z.strictObject({ name: ProjectName, limits: ProjectLimits });
export type ProjectView = z.infer<typeof ProjectView>;

/** `GET /api/registry/projects`: those that the sender may see. */
export const ProjectList = z.strictObject({ projects: z.array(ProjectView) });
export type ProjectList = z.infer<typeof ProjectList>;
