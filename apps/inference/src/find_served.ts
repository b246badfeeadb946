import { VersionView } from "@millrace/contracts";
import { HttpError, type Peers } from "@millrace/service";
import type { Queries } from "@millrace/database";
import { pickVersion } from "./traffic_split.ts";
import { listVersions, type ServedVersion } from "./version_store.ts";

/** Where versions are looked for. */
export interface Catalogue {
  readonly db: Queries;
  readonly peers: Peers;
  readonly project: string;
}

/**
 * Finds the version that a request's `model` names: `<name>` (by the shares of the traffic), `<name>@<version>`, or `<name>@<alias>`,
 * which the registry knows.
 * @param random Uniform in [0, 1).
 * @throws {HttpError} 404 `model_not_found`.
 */
export async function findServed(
  { db, peers, project }: Catalogue,
  name: string,
  random: number,
): Promise<ServedVersion> {
  const at = name.indexOf("@");
  const model = at < 0 ? name : name.slice(0, at);
  const rows = await listVersions(db, project, model);
  const found = at < 0 ? pickVersion(rows, random) : await named(name.slice(at + 1));
  if (found === undefined) throw notFound(name);
  return found;

  async function named(version: string): Promise<ServedVersion | undefined> {
    if (rows.length === 0) return undefined;
    const wanted = /^[1-9]\d{0,8}$/.test(version)
      ? Number(version)
      : await versionOfAlias(peers, project, model, version);
    return rows.find((row) => row.version === wanted);
  }
}

/** Refuses a model name. */
function notFound(name: string): HttpError {
  const message = `The model "${name}" does not exist here, or has no traffic; GET /v1/models lists what there is.`;
  return new HttpError(404, "model_not_found", message, [{ path: "model", message }]);
}

async function versionOfAlias(
  peers: Peers,
  project: string,
  model: string,
  alias: string,
): Promise<number | undefined> {
  const path = `/api/registry/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(alias)}`;
  const request = new Request(`http://registry${path}`, { headers: { "millrace-project": project } });
  const response = await peers.fetch("registry", request);
  if (response.status === 404) return undefined;
  if (!response.ok) {
    const message = `looking for alias "${alias}" of ${model}: the registry answered ${response.status}`;
    throw new HttpError(503, "model_unavailable", message);
  }
  return VersionView.parse(await response.json()).version;
}
