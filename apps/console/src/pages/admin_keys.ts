/** API keys: who has one, and the form that makes one. */
import { type CreatedKey, type KeyView, ROLES, SCOPES } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ago, asCommand, badge, card, copyable, empty, failing, type Html } from "../html.ts";
import { scrollingTable } from "../table.ts";

const LIFETIMES = [
  ["30", "30 days"],
  ["90", "90 days"],
  ["365", "a year"],
  ["", "no end"],
] as const;

export interface KeysData {
  readonly keys: Answer<{ readonly keys: readonly KeyView[] }>;
  /** Makes sending the form twice one key. */
  readonly formKey: string;
  readonly nowMs: number;
  readonly traceId: string;
}

export function keysCard({ keys, formKey, nowMs, traceId }: KeysData): Html {
  if (keys.kind === "failed") {
    return card(
      "keys",
      "Keys",
      failing(keys.failure, "Reload the page; if it stays, look at the log of registry.", traceId),
    );
  }
  const list = valueOf(keys)?.keys ?? [];
  const body = html`${list.length === 0 ? empty("", "No keys yet: only the installation's own key opens anything.") : table(list, nowMs)}
  ${form(formKey)}`;
  return card("keys", "Keys", body, asCommand("npx millrace keys list"));
}

function table(keys: readonly KeyView[], nowMs: number): Html {
  return scrollingTable(
    { named: { by: "keys-title" }, look: "versions" },
    ["Holder", "State", "Role", "Scopes", "Last used", "Made", { unseen: "Action" }],
    keys.map((key) => row(key, nowMs)),
  );
}

function row(key: KeyView, nowMs: number): Html {
  const { id, name, role, scopes, lastUsedAt, createdAt, createdBy, revokedAt } = key;
  return html`<tr>
    <th scope="row">${name}</th>
    <td>${stateOf(key, nowMs)}</td>
    <td>${role}</td>
    <td>${scopes.length === SCOPES.length ? "all" : scopes.join(", ")}</td>
    <td>${lastUsedAt === null ? html`<span class="muted">never</span>` : ago(lastUsedAt, nowMs)}</td>
    <td>${ago(createdAt, nowMs)} <span class="muted">by ${createdBy}</span></td>
    <td class="number">
      ${revokedAt === null ? html`<a class="button danger" href="/admin/keys/${id}/revoke">Revoke<span class="hidden"> the key of ${name}</span></a>` : ""}
    </td>
  </tr>`;
}

function stateOf({ revokedAt, expiresAt }: KeyView, nowMs: number): Html {
  if (revokedAt !== null) return html`${badge("idle", "revoked")} <span class="muted">${ago(revokedAt, nowMs)}</span>`;
  if (expiresAt === null) return html`${badge("warn", "good")} <span class="muted">without end</span>`;
  if (Date.parse(expiresAt) <= nowMs) return badge("idle", "expired");
  return html`${badge("ok", "good")} <span class="muted">until ${expiresAt.slice(0, 10)}</span>`;
}

function form(key: string): Html {
  return html`<form method="post" action="/admin/keys" class="make">
    <input type="hidden" name="key" value="${key}" />
    <h3>New key</h3>
    <p>
      <label for="key-name">Holder</label>
      <input type="text" id="key-name" name="name" maxlength="80" required autocomplete="off" />
    </p>
    <p>
      <label for="key-role">Role</label>
      <select id="key-role" name="role">
        ${ROLES.map((role) => html`<option>${role}</option>`)}
      </select>
    </p>
    <fieldset>
      <legend>Scopes</legend>
      ${SCOPES.map(
        (scope) =>
          html`<label
            ><input type="checkbox" name="scopes" value="${scope}" ${scope === "read" ? html`checked` : ""} />
            ${scope}</label
          > `,
      )}
    </fieldset>
    <p>
      <label for="key-days">Good for</label>
      <select id="key-days" name="days">
        ${LIFETIMES.map(([days, words]) => html`<option value="${days}">${words}</option>`)}
      </select>
    </p>
    <p class="submit"><button class="primary">Make key</button></p>
  </form>`;
}

/** Shown once, and never again. */
export function createdKeyPage({ key, secret }: CreatedKey): Html {
  return html`<section class="lead">
    <h1>The key of ${key.name}</h1>
    <p>${badge("warn", "This is shown once. Only its hash is kept.")}</p>
    <p class="secret">${copyable(secret)}</p>
    <p>
      ${key.role} of ${key.project}; ${key.scopes.join(", ")};
      ${key.expiresAt === null ? "no end" : `until ${key.expiresAt.slice(0, 10)}`}
    </p>
    <p><a class="button" href="/admin">I have it</a></p>
  </section>`;
}
