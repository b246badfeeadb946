import { expect, test } from "vitest";
import { serviceOfPath } from "./routing.ts";

test.each([
  ["/v1/models", "inference"],
  ["/v1", "inference"],
  ["/v1x", "console"],
  ["/api/registry/models", "registry"],
  ["/api/nobody/x", "automation"],
  ["/", "console"],
  ["/runs/run-1", "console"],
])("serviceOfPath() sends %s to %s", (path, service) => {
  expect(serviceOfPath(path)).toBe(service);
});
