import { AuditPage } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { testHost } from "@millrace/service/testing";
import { expect, test } from "vitest";
import { createRegistry } from "../service.ts";

test("where nobody has all in one folder a backup is refused, and the audit log tells of none", async () => {
  const host = await testHost({
    services: (openPorts, access) => [createRegistry(openPorts, access)],
    migrations: { registry: await readMigrations("registry") },
  });
  const response = await host.request("registry", "/api/registry/backup", { method: "POST" });
  expect([response.status, await response.json()]).toMatchObject([409, { error: { code: "no_data_folder" } }]);
  const audit = await host.request("registry", "/api/registry/audit");
  expect(AuditPage.parse(await audit.json()).entries).toEqual([]);
  await host.close();
});
