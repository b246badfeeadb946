/** What a version was trained on, asked for over HTTP and read from the artifacts. */
import { TokenManifest, VersionView } from "@millrace/contracts";
import { actingFor, type HttpContext, HttpError } from "@millrace/service";
import { loadTokenizer, type Tokenizer } from "@millrace/tokenizer";

/**
 * Asks the registry.
 * @param name `<model>@<version or alias>`
 * @throws {HttpError} 404 if there is no such version.
 */
export async function readVersion(context: HttpContext, name: string): Promise<VersionView> {
  const [model = "", version = ""] = name.split("@");
  const path = `/api/registry/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}`;
  const response = await askPeer(context, "registry", path);
  if (response.status === 404) throw new HttpError(404, "not_found", `looking for ${name}: there is no such version`);
  return VersionView.parse(await response.json());
}

/** Its tokens and what they are of. @throws {ArtifactNotFoundError} If they were removed. */
export async function tokensOfVersion(
  context: HttpContext,
  { tokenized, tokenizer }: Pick<VersionView, "tokenized" | "tokenizer">,
): Promise<{ readonly manifest: TokenManifest; readonly tokenizer: Tokenizer }> {
  const manifest = TokenManifest.parse(JSON.parse(await textOf(context, tokenized.sha256)));
  return { manifest, tokenizer: loadTokenizer(await textOf(context, tokenizer.sha256)) };
}

/** @throws {HttpError} 503 where the service answers neither with what it has nor that there is none. */
export async function askPeer(
  context: HttpContext,
  service: "registry" | "ingestion",
  path: string,
): Promise<Response> {
  const { ports, identity, traceparent } = context.var;
  const headers = { ...actingFor(identity), traceparent };
  const response = await ports.peers.fetch(service, new Request(new URL(path, "http://peer"), { headers }));
  if (response.ok || response.status === 404) return response;
  throw new HttpError(503, "unavailable", `asking ${service} for ${path}: it answered with status ${response.status}`);
}

async function textOf(context: HttpContext, sha256: string): Promise<string> {
  return new TextDecoder().decode(await context.var.artifacts.bytes(sha256));
}
