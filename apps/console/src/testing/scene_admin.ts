/** Keys, projects and the audit log as the registry tells of them. */
import type { AuditEntry, KeyView } from "@millrace/contracts";
import { at } from "./scene_data.ts";

const key = (id: number, name: string, more: Partial<KeyView>): KeyView => ({
  id: `00000000-0000-4000-8000-00000000000${id}`,
  name,
  project: "default",
  role: "viewer",
  scopes: ["complete"],
  createdAt: at(0),
  createdBy: "local",
  expiresAt: "2030-01-01T00:00:00.000Z",
  lastUsedAt: at(300),
  revokedAt: null,
  ...more,
});

const KEYS = [
  key(1, "handbook app", {}),
  key(2, "grace", { role: "approver", scopes: ["read", "deploy"], expiresAt: null, lastUsedAt: null }),
  key(3, "ada", { role: "operator", scopes: ["read", "train", "deploy"], revokedAt: at(200) }),
  key(4, "last year's app", { expiresAt: "2025-01-01T00:00:00.000Z" }),
];

const act = (seq: number, actor: string, action: string, target: string, detail: AuditEntry["detail"]): AuditEntry => ({
  seq,
  at: at(60 * seq),
  actor,
  action,
  target,
  detail,
  previous: `${seq - 1}`.repeat(64).slice(0, 64),
  hash: `${seq}`.repeat(64).slice(0, 64),
});

const ENTRIES = [
  act(4, "grace", "approval.approved", "handbook@3", { alias: "live", requestedBy: "ada", comment: "read 20 answers" }),
  act(3, "ada", "rollout.promote", "handbook@3", { reason: "promote in the console by ada" }),
  act(2, "local", "protection.changed", "model handbook", { before: [], after: ["live"] }),
  act(1, "local", "key.created", `key ${KEYS[0]?.id}`, { name: "handbook app", role: "viewer", scopes: ["complete"] }),
];

const NO_LIMITS = { bytes: null, concurrentRuns: null, tokensPerMinute: null };

/** Answers of the registry to an admin. */
export const ADMIN = {
  full: {
    "/api/registry/keys": { keys: KEYS },
    "/api/registry/projects": {
      projects: [
        { name: "acme", limits: { bytes: 5_000_000_000, concurrentRuns: 2, tokensPerMinute: 20_000 } },
        { name: "default", limits: NO_LIMITS },
      ],
    },
    "/api/registry/audit": { entries: ENTRIES, next: null },
    "/api/registry/audit/verify": { entries: 4, head: "4".repeat(64), problem: null },
    "POST /api/registry/keys": { key: KEYS[0], secret: `mlr_${"0123456789abcdef".repeat(4)}` },
    [`POST /api/registry/keys/${KEYS[0]?.id}/revoke`]: { ...KEYS[0], revokedAt: at(320) },
    "POST /api/registry/models/handbook/approvals": {
      model: "handbook",
      version: 4,
      alias: "live",
      state: "approved",
      requestedBy: "ada",
      requestedAt: at(200),
      decidedBy: "admin",
      decidedAt: at(320),
      comment: "in the console",
    },
    "PUT /api/registry/projects/acme": { name: "acme", limits: NO_LIMITS },
  },
  changed: {
    "/api/registry/audit/verify": {
      entries: 1,
      head: "1".repeat(64),
      problem: { seq: 2, message: "its content is not what was hashed when it was written" },
    },
  },
  empty: {
    "/api/registry/keys": { keys: [] },
    "/api/registry/projects": { projects: [{ name: "default", limits: NO_LIMITS }] },
    "/api/registry/audit": { entries: [], next: null },
    "/api/registry/audit/verify": { entries: 0, head: "0".repeat(64), problem: null },
  },
} as const;
