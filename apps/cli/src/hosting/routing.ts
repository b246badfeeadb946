import { SERVICE_NAMES, type ServiceName } from "@millrace/contracts";

/** Which service answers a path on the listener that they share. */
export function serviceOfPath(path: string): ServiceName {
  if (path === "/v1" || path.startsWith("/v1/")) return "inference";
  const [, api, name] = path.split("/");
  if (api === "api") return SERVICE_NAMES.find((candidate) => candidate === name) ?? "automation";
  return "console";
}
