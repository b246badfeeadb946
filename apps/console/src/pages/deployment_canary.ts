/** What is known of a version on its way: the canary beside the stable version, and its gates. */
import type { DeploymentState, DeploymentView, Gate } from "@millrace/contracts";
import { html } from "hono/html";
import { ghostBars } from "../charts/ghosts.ts";
import { counted, formatCount, formatShare, inWords } from "../format.ts";
import { badge, empty, type Html, liveCard, type Tone } from "../html.ts";

export function canaryCard({ version, stable, percent, canary, verdict, evidence, state }: DeploymentView): Html {
  const isTried = state === "canary" || state === "paused" || state === "awaiting_approval";
  if (stable === null || (evidence === null && !isTried)) {
    const sentence = ENDED.includes(state)
      ? "It ended before a request of it had: there is nothing to be judged by."
      : state === "live" || state === "superseded" || state === "routing"
        ? "No version was live before it: there was nothing to be tried beside."
        : "A version is tried on a part of the traffic beside the live one. Errors and first tokens of both will stand here.";
    return liveCard("canary", "Canary against stable", empty(ghostBars(), sentence));
  }
  if (evidence === null) {
    const sentence = `No request has ended yet. ${counted(canary?.requests ?? 0, "request")} are wanted; after ${counted(canary?.waitSeconds ?? 0, "second")} validation text stands in for users.`;
    return liveCard("canary", "Canary against stable", empty(ghostBars(), sentence));
  }
  const { requests, synthetic, errors, firstTokenP50Ms } = evidence;
  return liveCard(
    "canary",
    verdict === null
      ? `Not judged${isTried ? " yet" : ""}: ${evidence.reason}`
      : `${verdict === "healthy" ? "Healthy" : "Unhealthy"}: ${evidence.reason}`,
    html`<table class="canary">
        <thead>
          <tr>
            <td></td>
            <th scope="col" class="number">v${version}, canary</th>
            <th scope="col" class="number">v${stable}, stable</th>
          </tr>
        </thead>
        <tbody>
          ${
            isTried
              ? html`<tr>
                  <th scope="row">Of the traffic</th>
                  ${both((arm) => `${arm === "canary" ? percent : 100 - percent} %`)}
                </tr>`
              : ""
          }
          <tr>
            <th scope="row">Requests</th>
            ${both((arm) => formatCount(requests[arm]))}
          </tr>
          <tr>
            <th scope="row">Of these, of validation text</th>
            ${both((arm) => formatCount(synthetic[arm]))}
          </tr>
          <tr>
            <th scope="row">Errors</th>
            ${both((arm) => html`${formatCount(errors[arm])} <span class="muted">${formatShare(errors[arm], requests[arm])}</span>`)}
          </tr>
          <tr>
            <th scope="row">First token, half come within</th>
            ${both((arm) => milliseconds(firstTokenP50Ms[arm]))}
          </tr>
        </tbody>
      </table>
      ${isTried && verdict === null && canary !== null ? progress(requests.canary, canary.requests) : ""}`,
    verdict === null
      ? badge(isTried ? "running" : "idle", isTried ? "watched" : "not judged")
      : badge(verdict === "healthy" ? "ok" : "failed", verdict),
  );
}

const ENDED: readonly DeploymentState[] = ["rolled_back", "failed", "cancelled"];

/** A cell for each of the two. */
function both(of: (arm: "canary" | "stable") => Html | string): Html {
  return html`<td class="number">${of("canary")}</td>
    <td class="number">${of("stable")}</td>`;
}

function progress(done: number, wanted: number): Html {
  const shown = `${formatCount(Math.min(done, wanted))} of ${formatCount(wanted)} requests to judge by`;
  return html`<p class="note">
    <meter value="${Math.min(done, wanted)}" max="${wanted}" aria-label="Requests to judge by">${shown}</meter>${shown}
  </p>`;
}

function milliseconds(value: number | null): string {
  if (value === null) return "none yet";
  return value < 10 ? `${value.toFixed(1)} ms` : `${formatCount(value)} ms`;
}

const GATE_TONES: Readonly<Record<Gate["state"], Tone>> = { passed: "ok", failed: "failed", not_applicable: "idle" };
const GATE_WORDS: Readonly<Record<Gate["name"], string>> = {
  bits_per_byte: "Bits per byte, on a sample",
  next_token_accuracy: "Next token right",
  task_score: "Task",
  quantised_divergence: "8-bit weights: divergence",
  quantised_agreement: "8-bit weights: same first choice",
  quantised_bits: "8-bit weights: bits per byte",
};

export function gatesCard({ gates, state }: Pick<DeploymentView, "gates" | "state">): Html {
  if (gates.length === 0) {
    const sentence =
      state === "packaging" || state === "gating"
        ? "What must hold before the version is loaded is being measured."
        : "No gate was measured.";
    return liveCard("gates", "Gates", empty("", sentence));
  }
  return liveCard(
    "gates",
    gatesFinding(gates),
    html`<ul class="lines gates">
      ${gates.map(
        ({ name, state: found, value, limit, unit, detail }) =>
          html`<li>
            <p>
              ${badge(GATE_TONES[found], inWords(found))} <b>${GATE_WORDS[name]}</b>
              ${value === null ? "" : html`<span class="figure">${ofGate(value, unit)}</span>`}
              ${limit === null ? "" : html`<span class="muted">limit ${unit === "share" ? ofGate(limit, unit) : figure(limit)}</span>`}
            </p>
            <p class="muted">${detail}</p>
          </li>`,
      )}
    </ul>`,
  );
}

/** `All 4 gates passed`, `1 of 4 gates failed`. */
export function gatesFinding(gates: readonly Gate[]): string {
  if (gates.length === 0) return "not measured";
  const failed = gates.filter(({ state }) => state === "failed").length;
  if (failed > 0) return `${formatCount(failed)} of ${counted(gates.length, "gate")} failed`;
  const passed = gates.filter(({ state }) => state === "passed").length;
  if (passed === gates.length) return `All ${counted(passed, "gate")} passed`;
  return `${counted(passed, "gate")} passed, ${formatCount(gates.length - passed)} did not apply`;
}

/** A share as per cent, to two places; below that it is none. */
function ofGate(value: number, unit: string): string {
  // Zero is added so that no zero has a sign.
  return unit === "share" ? `${Number((100 * value).toFixed(2)) + 0} %` : `${figure(value)} ${unit}`;
}

function figure(value: number): string {
  return value !== 0 && Math.abs(value) < 0.01 ? String(Number(value.toPrecision(2))) : value.toFixed(3);
}
