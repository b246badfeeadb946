import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { BRIEFLY } from "./test/kit/briefly.ts";
import { bundledPrograms } from "./test/kit/bundled_programs.ts";

/** Tests of whole installations, of trainer nodes, and in a browser: what they start and kill takes longest. */
const OWN_PROCESS = [
  "apps/*/src/**/*browser_test.ts",
  "apps/trainer/src/{faults,search,service}_test.ts",
  "apps/trainer/src/runtime/*_test.ts",
  "test/{browser,edge,end_to_end,load,observability,package,upgrade}/*_test.ts",
];

/**
 * Files that share a process load and compile the modules that they all need once, which is a third of the time of most files; Postgres in
 * WebAssembly is one of them. They leave environment, clock, console and globals as they have found them.
 */
const SHARED: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: "shared",
    include: ["{apps,packages}/*/src/**/*_test.ts", "test/**/*_test.ts"],
    exclude: OWN_PROCESS,
    isolate: false,
  },
};

/** These have a process each. Their name lets them come first, so that the last ones, for which nothing is left to run beside, are short. */
const ALONE: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: "alone",
    include: OWN_PROCESS,
    execArgv: [...BRIEFLY],
  },
};

export default defineConfig({
  plugins: [bundledPrograms()],
  test: {
    globalSetup: "./test/kit/set_up.ts",
    projects: [ALONE, SHARED],
    reporters: ["default", "./test/kit/closing_line.ts"],
    pool: "forks",
    // One a core of the machines that this must pass on. A third fills the waits and puts all in each other's way: 993 s in place of 1029.
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
