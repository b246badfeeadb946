import type { Reporter, TestModule } from "vitest/node";

/** Prints each skipped test's reason and, as the last line, `N passed, N failed[, N skipped]`: one line that any CI can read. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const result = test.result();
        if (result.state === "pending") count.failed += 1;
        else count[result.state] += 1;
        if (result.state === "skipped")
          console.log(`skipped: ${test.fullName}${result.note ? ` (${result.note})` : ""}`);
      }
      // A file that failed outside of its tests (it could not be loaded, or a hook failed) has no failed test to count.
      const hasFailedTest = tests.some((test) => test.result().state === "failed");
      if (module.state() === "failed" && !hasFailedTest) count.failed += 1;
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
    console.log(`${count.passed} passed, ${count.failed} failed${skipped}`);
  }
}
