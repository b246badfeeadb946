import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { askFor } from "../approval_store.ts";
import { recordAct } from "../audit.ts";
import { LIVE } from "../versions_store.ts";

/** A version of a protected model waits for a second person. */
export const approvalRequested = onEvent({
  name: "approval_requested",
  version: 1,
  event: EVENTS.approvalRequested,
  async handle({ data, time }, { db, project }) {
    const { by, reason, ...named } = data;
    const at = Date.parse(time);
    await askFor(db, { project, ...named, alias: LIVE, requestedBy: by, requestedAt: at });
    const act = { project, at, actor: by, action: "approval.requested", target: `${data.model}@${data.version}` };
    await recordAct(db, { ...act, detail: { alias: LIVE, reason } });
  },
});
