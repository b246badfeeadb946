import { defineConfig } from "vitest/config";

// Two workers: the machines this must pass on have two cores, and one embedded Postgres alone takes 600 MB.
export default defineConfig({
  test: {
    include: ["packages/*/src/**/*_test.ts", "apps/*/src/**/*_test.ts", "test/**/*_test.ts"],
    globalSetup: "./test/kit/set_up.ts",
    reporters: ["default", "./test/kit/closing_line.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
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
    // On two busy cores a second is no time.
    expect: { poll: { timeout: 30_000, interval: 20 } },
  },
});
