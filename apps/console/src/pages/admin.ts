/** Who may do what, how much, and what they did. */
import type {
  AuditPage,
  AuditVerification,
  KeyList,
  ProjectLimits,
  ProjectList,
  ProjectView,
} from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { counted } from "../format.ts";
import { ago, asCommand, badge, card, empty, failing, hashTag, type Html } from "../html.ts";
import { scrollingTable } from "../table.ts";
import type { ServiceHealth } from "../service_health.ts";
import { keysCard } from "./admin_keys.ts";

export interface AdminData {
  readonly keys: Answer<KeyList>;
  readonly projects: Answer<ProjectList>;
  readonly audit: Answer<AuditPage>;
  readonly verification: Answer<AuditVerification>;
  readonly health: readonly ServiceHealth[];
  /** Whether limits may be set here. */
  readonly mayLimit: boolean;
  /** Makes sending the form for a key twice one key. */
  readonly formKey: string;
  readonly nowMs: number;
  readonly traceId: string;
}

const NEXT = "Reload the page; if it stays, look at the log of registry.";

export function adminPage(data: AdminData): Html {
  return html`<h1>${titleOf(data)}</h1>
    ${keysCard(data)} ${projectsCard(data)} ${auditCard(data)} ${healthCard(data.health)}`;
}

function titleOf({ keys, health, nowMs }: AdminData): string {
  const away = health.filter(({ state }) => state !== "ready").length;
  const services = away === 0 ? "every service is ready" : `${counted(away, "service")} not ready`;
  const list = valueOf(keys)?.keys;
  if (list === undefined) return `Admin: ${services}`;
  const good = list.filter(
    ({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > nowMs),
  );
  return `${counted(good.length, "key")} in use, ${services}`;
}

const LIMITS: readonly { readonly key: keyof ProjectLimits; readonly words: string }[] = [
  { key: "bytes", words: "Bytes" },
  { key: "concurrentRuns", words: "Runs at once" },
  { key: "tokensPerMinute", words: "Tokens a minute" },
];

function projectsCard({ projects, mayLimit, traceId }: AdminData): Html {
  if (projects.kind === "failed")
    return card("projects", "Projects and limits", failing(projects.failure, NEXT, traceId));
  const list = valueOf(projects)?.projects ?? [];
  const note = mayLimit
    ? html`<p class="muted">Leave a field empty for no limit. A new name makes a project.</p>`
    : html`<p class="muted">Limits are set with the installation's own key.</p>`;
  const body = html`${list.map((project) => projectRow(project, mayLimit))}
  ${mayLimit ? projectRow(undefined, true) : ""} ${note}`;
  return card("projects", "Projects and limits", body, asCommand("npx millrace limits"));
}

function projectRow(project: ProjectView | undefined, mayLimit: boolean): Html {
  const id = project?.name ?? "new";
  const name =
    project === undefined
      ? html`<label for="project-new">New project</label>
          <input type="text" id="project-new" name="name" pattern="[a-z0-9\\-]{1,40}" maxlength="40" required />`
      : html`<strong>${project.name}</strong><input type="hidden" name="name" value="${project.name}" />`;
  return html`<form method="post" action="/admin/projects" class="limits">
    <p>${name}</p>
    ${LIMITS.map(
      ({ key, words }) =>
        html`<p>
          <label for="${id}-${key}">${words}</label>
          ${mayLimit ? html`<input type="number" min="1" id="${id}-${key}" name="${key}" value="${project?.limits[key] ?? ""}" placeholder="no limit" /><input type="hidden" name="was-${key}" value="${project?.limits[key] ?? ""}" />` : html`<output id="${id}-${key}">${project?.limits[key] ?? "no limit"}</output>`}
        </p>`,
    )}
    ${
      mayLimit
        ? html`<p class="submit">
            <button>Set<span class="hidden"> limits of ${project?.name ?? "a new project"}</span></button>
          </p>`
        : ""
    }
  </form>`;
}

function auditCard({ audit, verification, nowMs, traceId }: AdminData): Html {
  if (audit.kind === "failed") return card("audit", "Audit log", failing(audit.failure, NEXT, traceId));
  const entries = valueOf(audit)?.entries ?? [];
  const body =
    entries.length === 0
      ? empty("", "Nothing was done yet that the log keeps: keys, limits, protection, approvals, roll-outs, rules.")
      : scrollingTable(
          { named: { by: "audit-title" }, look: "versions" },
          ["Entry", "When", "Who", "What", "To", "Detail", "Hash"],
          entries.map(
            ({ seq, at, actor, action, target, detail, hash }) =>
              html`<tr>
                <th scope="row">${seq}</th>
                <td class="when">${ago(at, nowMs)}</td>
                <td>${actor}</td>
                <td>${action}</td>
                <td>${target}</td>
                <td><code>${JSON.stringify(detail)}</code></td>
                <td class="when">${hashTag(hash)}</td>
              </tr>`,
          ),
        );
  return card("audit", "Audit log", html`${verified(verification)} ${body}`, asCommand("npx millrace audit --verify"));
}

function verified(verification: Answer<AuditVerification>): Html {
  const found = valueOf(verification);
  if (found === undefined) return html`<p>${badge("warn", "Could not be verified")}</p>`;
  const { entries, problem } = found;
  if (problem !== null) return html`<p>${badge("failed", `Entry ${problem.seq}: ${problem.message}`)}</p>`;
  return html`<p>${badge("ok", `Verified: ${entries} ${entries === 1 ? "entry is" : "entries are"} as written`)}</p>`;
}

const TONES = { ready: "ok", "not ready": "warn", away: "failed" } as const;

function healthCard(health: readonly ServiceHealth[]): Html {
  const body = html`<ul class="services">
    ${health.map(({ name, state }) => html`<li><span>${name}</span> ${badge(TONES[state], state)}</li>`)}
  </ul>`;
  return card("health", "Services", body, asCommand("npx millrace status"));
}
