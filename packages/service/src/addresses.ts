/** Reads the addresses of servers and services. Each function gives undefined for what it cannot read. */
import { SERVICE_NAMES, type ServiceName } from "@millrace/contracts";

/** A URL of one of these schemes, with a host. */
export function urlOf(text: string, protocols: readonly string[]): URL | undefined {
  const url = URL.parse(text);
  return url && protocols.includes(url.protocol) && url.hostname !== "" ? url : undefined;
}

export interface NatsAddress {
  /** As the client takes them: `host:port`, or `ws://host:port`, separated by commas. */
  readonly servers: string;
  readonly user?: string;
  readonly password?: string;
}

/** `nats://user:password@host:port`, several separated by commas; the first one's credentials count. */
export function natsAddress(text: string): NatsAddress | undefined {
  return natsServers(text, ["nats:"], (url) => url.host);
}

/** The same over WebSocket: `wss://user:password@host:port`. */
export function natsWebSocketAddress(text: string): NatsAddress | undefined {
  return natsServers(text, ["ws:", "wss:"], (url) => `${url.protocol}//${url.host}`);
}

function natsServers(
  text: string,
  protocols: readonly string[],
  server: (url: URL) => string,
): NatsAddress | undefined {
  const urls = text.split(",").map((one) => urlOf(one, protocols));
  const [first] = urls;
  if (!first || urls.some((url) => url === undefined)) return undefined;
  const servers = urls.map((url) => server(url as URL)).join(",");
  if (first.username === "") return { servers };
  return { servers, user: decodeURIComponent(first.username), password: decodeURIComponent(first.password) };
}

export type ArtifactsAddress =
  | { readonly kind: "file"; readonly folder: string }
  | {
      readonly kind: "s3";
      readonly bucket: string;
      /** Ends with `/`, or is empty. */
      readonly prefix: string;
      readonly endpoint: string;
      readonly region: string | undefined;
    };

/** `s3://bucket/prefix?endpoint=<URL>&region=<name>` or `file:///folder`. */
export function artifactsAddress(text: string): ArtifactsAddress | undefined {
  const url = URL.parse(text);
  if (url?.protocol === "file:") {
    const folder = decodeURIComponent(url.pathname);
    return url.hostname === "" && folder !== "/" ? { kind: "file", folder } : undefined;
  }
  const endpoint = urlOf(url?.searchParams.get("endpoint") ?? "", ["http:", "https:"]);
  if (url?.protocol !== "s3:" || url.hostname === "" || !endpoint) return undefined;
  const prefix = url.pathname.replace(/^\/+|\/+$/g, "");
  const region = url.searchParams.get("region") ?? undefined;
  return {
    kind: "s3",
    bucket: url.hostname,
    prefix: prefix === "" ? "" : `${prefix}/`,
    endpoint: endpoint.href,
    region,
  };
}

/** An address of one machine: `host:port`, `[address]:port` for IPv6. One that stands for all addresses of a machine is none. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, host = "", digits = ""] = /^([^[\]:/@?#\s]+|\[[^[\]/@?#\s]+\]):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  // The scheme is one whose hosts are written in one way only.
  const found = URL.parse(`http://${host}/`)?.hostname.replace(/^\[|\]$/g, "");
  if (!found || isAnyAddress(found) || port < 1 || port > 65_535) return undefined;
  return { host: found, port };
}

/** Whether an address means all of a machine's own, on which one can listen and which nobody can reach. */
export function isAnyAddress(host: string): boolean {
  const written = URL.parse(`http://${host.includes(":") ? `[${host}]` : host}/`)?.hostname;
  return written === "0.0.0.0" || written === "[::]";
}

export type PeerAddresses = Readonly<Record<ServiceName, string>>;

/** A template with `{service}`, or a list `name=address,…` of every service. */
export function peerAddresses(text: string): PeerAddresses | undefined {
  const listed = text.includes("{service}")
    ? SERVICE_NAMES.map((name) => [name, text.replaceAll("{service}", name)])
    : text.split(",").map((entry) => entry.trim().split("="));
  const found: Record<string, string> = {};
  for (const [name = "", address = "", ...rest] of listed) {
    const url = urlOf(address, ["http:", "https:"]);
    if (!url || url.pathname !== "/" || rest.length > 0 || found[name] !== undefined) return undefined;
    found[name] = url.origin;
  }
  const complete = SERVICE_NAMES.every((name) => found[name]) && Object.keys(found).length === SERVICE_NAMES.length;
  return complete ? (found as PeerAddresses) : undefined;
}
