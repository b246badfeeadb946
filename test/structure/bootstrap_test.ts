import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

test("infra/bootstrap.mjs runs when it is reached through a link, as below /tmp on macOS", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bootstrap-"));
  symlinkSync(ROOT, join(folder, "link"));
  const { status, stderr } = spawnSync(process.execPath, [join(folder, "link/infra/bootstrap.mjs"), "nonsense"], {
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true });
  expect(stderr).toContain('unknown command "nonsense"');
  expect(status).toBe(2);
});
