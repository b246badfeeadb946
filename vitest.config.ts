import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { BRIEFLY } from "./test/kit/briefly.ts";

/** Apps whose tests start no processes. */
const IN_PROCESS = "automation|console|deployer|feature|ingestion|monitor|registry";
const IN_BROWSER = "apps/*/src/**/*browser_test.ts";

/**
 * Files that share a process load and compile the modules that they all need once, which is a third of the time of most files; Postgres in
 * WebAssembly is one of them. They leave environment, clock, console and globals as they have found them.
 */
const SHARED: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: "shared",
    include: ["packages/*/src/**/*_test.ts", `apps/@(${IN_PROCESS})/src/**/*_test.ts`],
    exclude: [IN_BROWSER],
    isolate: false,
    sequence: { groupOrder: 1 },
  },
};

/** Tests that start and kill more have a process each. They come first, since they take longest. */
const ALONE: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: "alone",
    include: [`apps/!(${IN_PROCESS})/src/**/*_test.ts`, IN_BROWSER, "test/**/*_test.ts"],
    execArgv: [...BRIEFLY],
    globalSetup: "./test/kit/set_up.ts",
    sequence: { groupOrder: 0 },
  },
};

// Two workers: the machines this must pass on have two cores, and one embedded Postgres alone takes 600 MB.
export default defineConfig({
  test: {
    projects: [SHARED, ALONE],
    reporters: ["default", "./test/kit/closing_line.ts"],
    pool: "forks",
    maxWorkers: 2,
    // Node reads the 180 KB of drizzle-orm's package.json anew for each of its 200 files: half a second for every test file that needs it.
    deps: {
      optimizer: {
        ssr: {
          enabled: true,
          include: ["drizzle-orm", "drizzle-orm/pg-core", "drizzle-orm/pglite", "drizzle-orm/node-postgres"],
          exclude: ["pg", "@electric-sql/pglite"],
        },
      },
    },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // On two busy cores a second is no time.
    expect: { poll: { timeout: 30_000, interval: 20 } },
  },
});
