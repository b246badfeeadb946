/** `/api/registry/models/:name`: protected aliases, and the approvals that moving them takes. */
import { z } from "zod";

const Alias = z.string().regex(/^[\w-]{1,255}$/);

/** `GET` and `PUT /api/registry/models/:name/protection`: aliases that move with the approval of a second person only. */
export const Protection = z.strictObject({ aliases: z.array(Alias).max(50) });
export type Protection = z.infer<typeof Protection>;

/** What was asked for, and what came of it. */
export const ApprovalView = z.strictObject({
  model: z.string(),
  version: z.int().positive(),
  alias: Alias,
  state: z.enum(["pending", "approved", "rejected"]),
  requestedBy: z.string(),
  requestedAt: z.iso.datetime(),
  decidedBy: z.string().nullable(),
  decidedAt: z.iso.datetime().nullable(),
  comment: z.string().nullable(),
});
export type ApprovalView = z.infer<typeof ApprovalView>;

/** `GET /api/registry/models/:name/approvals?version=<n>`, and `GET /api/registry/approvals?state=pending|all` of every model: newest first. */
export const ApprovalList = z.strictObject({ approvals: z.array(ApprovalView) });
export type ApprovalList = z.infer<typeof ApprovalList>;

/** `POST /api/registry/models/:name/approvals`: answers with the ApprovalView. 403 for whoever has asked for it, 409 if nothing is asked for. */
export const DecideApproval = z.strictObject({
  version: z.int().positive(),
  /** Default: `live`. */
  alias: Alias.optional(),
  decision: z.enum(["approved", "rejected"]),
  comment: z.string().max(500),
});
export type DecideApproval = z.infer<typeof DecideApproval>;
