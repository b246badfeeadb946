import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { startByPs, startInPs, startInStat, startTimeOf } from "./process_start.ts";

describe("startTimeOf()", () => {
  test("is the same at every look, and tells two processes apart from one that has ended", async () => {
    const first = await startTimeOf(process.pid);
    expect(first).toMatch(/\S/);
    expect(await startTimeOf(process.pid)).toBe(first);
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    expect(await startTimeOf(child.pid as number)).toBeUndefined();
  });
});

const hasPs = spawnSync("ps", ["-p", String(process.pid)]).status === 0;
if (!hasPs) console.warn("process start: ps is not asked, which this machine lacks");

test.skipIf(!hasPs)("startByPs() gives every reader the same text, and none for a process that has ended", async () => {
  const { LC_ALL, TZ } = process.env;
  const first = await startByPs(process.pid);
  expect(first).toMatch(/\d\d:\d\d:\d\d \d{4}$/);
  try {
    Object.assign(process.env, { LC_ALL: "de_DE.UTF-8", TZ: "Asia/Tokyo" });
    expect(await startByPs(process.pid)).toBe(first);
  } finally {
    delete process.env["LC_ALL"];
    delete process.env["TZ"];
    Object.assign(process.env, { ...(LC_ALL && { LC_ALL }), ...(TZ && { TZ }) });
  }
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  expect(await startByPs(child.pid as number)).toBeUndefined();
});

describe("startInPs() reads what macOS says", () => {
  test.each([
    ["Ss   Thu Nov 26 17:02:45 2026    \n", "Thu Nov 26 17:02:45 2026"],
    ["R+   Sat Feb  7 09:00:01 2026    \n", "Sat Feb 7 09:00:01 2026"],
    ["  S<s  Mon Jan  5 08:00:00 2026\n", "Mon Jan 5 08:00:00 2026"],
    ["Z    Thu Nov 26 17:02:45 2026    \n", undefined],
    ["Z+   -                           \n", undefined],
    ["", undefined],
    ["\n", undefined],
  ])("%j", (output, start) => expect(startInPs(output)).toBe(start));
});

describe("startInStat()", () => {
  const rest = "1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 1 1";

  test("takes the time after a name with blanks and brackets", () => {
    expect(startInStat(`42 (a (b) c) S ${rest}`, "boot")).toBe("boot 123456");
  });

  test("knows a zombie as dead", () => {
    expect(startInStat(`42 (node) Z ${rest}`, "boot")).toBeUndefined();
  });
});
