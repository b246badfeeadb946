/** Who may do what over HTTP: API keys of people and programs, tokens of services. */
import { DEFAULT_PROJECT, ProjectName, Role, Scope, SERVICE_NAMES, sha256Hex } from "@millrace/contracts";
import { z } from "zod";
import type { Identity } from "./identity.ts";
import type { KeyDirectory } from "./key_directory.ts";
import type { LimitsOf } from "./project_limits.ts";

/** Names the sender of a request, or undefined if it carries no credentials that this authenticator accepts. */
export type Authenticate = (request: Request) => Promise<Identity | undefined>;

/** How a service's HTTP side is guarded; decided by the runtime. */
export interface Access {
  readonly authenticate: Authenticate;
  /** Host names (without port) that requests may be addressed to: stops DNS rebinding. */
  readonly hostNames: readonly string[];
  /** Looks holders of keys up again, for what outlives a request. Absent: only the installation's own key is known. */
  readonly keys?: KeyDirectory;
  /** SHA-256 of the installation's own key: what was begun with another one has ended. Absent: nothing can be begun with it. */
  readonly ownKeyHash?: string;
  /** Absent: no project has a limit. */
  readonly limitsOf?: LimitsOf;
}

/** Host names of a server that is reached on this machine only. */
export const LOCAL_HOST_NAMES: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];

/** Asks each authenticator in turn. */
export function anyOf(...authenticators: readonly Authenticate[]): Authenticate {
  return async (request) => {
    for (const authenticate of authenticators) {
      const identity = await authenticate(request);
      if (identity !== undefined) return identity;
    }
    return undefined;
  };
}

/** The installation's own key, from its data folder or environment, begins with `mr_`; those of the registry begin with `mlr_`. */
type KeyPrefix = "mr_" | "mlr_";

/** Makes an API key from 256 random bits. It is shown once; only its hash is kept. */
export function newApiKey(prefix: KeyPrefix = "mr_"): string {
  return `${prefix}${hex(crypto.getRandomValues(new Uint8Array(32)))}`;
}

/** SHA-256 of a key, hexadecimal. A key has 256 random bits, so a slow hash would protect nothing more. */
export function hashApiKey(key: string): Promise<string> {
  return sha256Hex(key);
}

/**
 * Accepts `Authorization: Bearer <API key>`.
 * @param find Finds the owner of a key by its hash; expired keys are its business.
 * @param prefix Of the keys that are looked for.
 */
export function apiKeys(
  find: (keyHash: string) => Promise<Identity | undefined>,
  prefix: KeyPrefix = "mr_",
): Authenticate {
  return async (request) => {
    const key = bearer(request);
    return key?.startsWith(prefix) ? find(await hashApiKey(key)) : undefined;
  };
}

/** Token of a service, made of the cluster secret: `mrs_<service>_<HMAC-SHA-256>`. */
export async function serviceToken(clusterSecret: string, service: string): Promise<string> {
  const signature = await crypto.subtle.sign("HMAC", await hmacKey(clusterSecret), tokenBytes(service));
  return `mrs_${service}_${hex(new Uint8Array(signature))}`;
}

const ACTING_HEADER = "millrace-acting";
const Acting = z.strictObject({
  name: z.string(),
  role: Role,
  scopes: z.array(Scope).optional(),
  keyId: z.string().optional(),
  ofInstallation: z.literal(true).optional(),
});

/** Headers of a request that a service sends for somebody: it may then do no more than they may, and is recorded as theirs. */
export function actingFor({ name, project, role, scopes, keyId, ofInstallation }: Identity): Record<string, string> {
  const acting = JSON.stringify({ name, role, scopes, keyId, ofInstallation });
  return { "millrace-project": project, [ACTING_HEADER]: encodeURIComponent(acting) };
}

/**
 * Accepts tokens of services. A service acts as admin, in the project that the request's `millrace-project` header names; or for
 * somebody, see `actingFor`.
 */
export function serviceTokens(clusterSecret: string): Authenticate {
  return async (request) => {
    const [, service, signature] = /^mrs_([a-z]+)_([0-9a-f]{64})$/.exec(bearer(request) ?? "") ?? [];
    if (service === undefined || signature === undefined) return undefined;
    if (!SERVICE_NAMES.some((name) => name === service)) return undefined;
    const project = ProjectName.safeParse(request.headers.get("millrace-project") ?? DEFAULT_PROJECT);
    const key = await hmacKey(clusterSecret);
    // `verify` compares in constant time.
    const genuine = await crypto.subtle.verify("HMAC", key, Uint8Array.from(pairs(signature)), tokenBytes(service));
    if (!genuine || !project.success) return undefined;
    const acting = request.headers.get(ACTING_HEADER);
    if (acting === null) return { name: service, project: project.data, role: "admin", isService: true };
    // Sent by one of us, so it parses.
    return { project: project.data, ...defined(Acting.parse(JSON.parse(decodeURIComponent(acting)))) };
  };
}

function defined({ scopes, keyId, ofInstallation, ...rest }: z.infer<typeof Acting>): Omit<Identity, "project"> {
  return {
    ...rest,
    ...(scopes === undefined ? {} : { scopes }),
    ...(keyId === undefined ? {} : { keyId }),
    ...(ofInstallation === undefined ? {} : { ofInstallation }),
  };
}

function bearer(request: Request): string | undefined {
  const header = request.headers.get("authorization") ?? "";
  return /^Bearer ([A-Za-z0-9_-]{1,200})$/i.exec(header)?.[1];
}

function tokenBytes(service: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`millrace service token ${service}`);
}

function hmacKey(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pairs(digits: string): number[] {
  return Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}
