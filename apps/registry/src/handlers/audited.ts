/** What is done in other services, and belongs in the audit log: they tell of it. */
import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { recordAct } from "../audit.ts";

const rolloutCommand = (verb: string, event: (typeof EVENTS)["rolloutStart"]) =>
  onEvent({
    name: `audit_rollout_${verb}`,
    version: 1,
    event,
    async handle({ data: { model, version, reason, by }, time }, { db, project }) {
      // A rule asks for it where nobody else does; its name stands in the reason.
      const act = { project, at: Date.parse(time), actor: by ?? "automation", action: `rollout.${verb}` };
      await recordAct(db, { ...act, target: `${model}@${version}`, detail: { reason } });
    },
  });

const ruleChanged = onEvent({
  name: "audit_rule_changed",
  version: 1,
  event: EVENTS.ruleChanged,
  async handle({ data: { ruleId, change, by }, time }, { db, project }) {
    const act = { project, at: Date.parse(time), actor: by, action: "rule.changed", target: `rule ${ruleId}` };
    await recordAct(db, { ...act, detail: { change } });
  },
});

const documentForgotten = onEvent({
  name: "audit_document_forgotten",
  version: 1,
  event: EVENTS.documentForgotten,
  async handle({ data: { documentId, runIds, by = "unknown" }, time }, { db, project }) {
    const act = { project, at: Date.parse(time), actor: by, action: "document.forgotten" };
    await recordAct(db, { ...act, target: `document ${documentId}`, detail: { runIds } });
  },
});

export const auditedEvents = [
  rolloutCommand("start", EVENTS.rolloutStart),
  rolloutCommand("promote", EVENTS.rolloutPromote),
  rolloutCommand("abort", EVENTS.rolloutAbort),
  rolloutCommand("pause", EVENTS.rolloutPause),
  rolloutCommand("resume", EVENTS.rolloutResume),
  ruleChanged,
  documentForgotten,
];
