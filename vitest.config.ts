import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

/**
 * Files that share a process load and compile the modules that they all need once, which is a third of the time of most files of packages. They
 * leave environment, clock, console and globals as they have found them. Tests of apps and of the whole start and kill more, and have a process
 * each; they come first, since they take longest.
 */
const PACKAGES: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: "packages",
    include: ["packages/*/src/**/*_test.ts"],
    isolate: false,
    sequence: { groupOrder: 1 },
  },
};

const APPS_AND_WHOLE: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: "apps and whole",
    include: ["apps/*/src/**/*_test.ts", "test/**/*_test.ts"],
    globalSetup: "./test/kit/set_up.ts",
    sequence: { groupOrder: 0 },
  },
};

// Two workers: the machines this must pass on have two cores, and one embedded Postgres alone takes 600 MB.
export default defineConfig({
  test: {
    projects: [PACKAGES, APPS_AND_WHOLE],
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
