import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with what was skipped and why, and one plain line of counts. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      // A file that cannot be loaded holds no tests, but it is a failure.
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "pending") counts.failed += 1;
        else counts[result.state] += 1;
        if (result.state === "skipped") {
          console.log(
            `skipped: ${result.note ?? "no reason given"} (${module.moduleId.split("/").pop()}: ${test.fullName})`,
          );
        }
      }
    }
    counts.failed += errors.length;
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}
