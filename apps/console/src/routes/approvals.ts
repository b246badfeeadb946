import { ApprovalView, type DecideApproval } from "@millrace/contracts";
import type { Http } from "@millrace/service";
import { tell, valueOrThrow } from "../ask.ts";
import type { Site } from "./page_context.ts";
import { addPost } from "./post_route.ts";

/** Agreeing to what somebody else has asked for. Not agreeing is rolling back, which states its effect first. */
export function approvalRoutes(http: Http, site: Site): void {
  addPost(
    http,
    site,
    "/approvals/:model/:version",
    async (context) => {
      const { model = "", version = "" } = context.req.param();
      const path = `/api/registry/models/${encodeURIComponent(model)}/approvals`;
      const decision: DecideApproval = { version: Number(version), decision: "approved", comment: "" };
      valueOrThrow(await tell(context, "registry", path, decision, ApprovalView));
      return context.redirect(`/deployments?${new URLSearchParams({ model })}`, 303);
    },
    "approver",
  );
}
