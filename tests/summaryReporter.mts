import type { Reporter, TestModule, Vitest } from "vitest/node";

/** Ends a run with the skipped tests and their reasons, those that passed at their second try, and one line of counts. */
export class SummaryReporter implements Reporter {
  private withoutReason = "no reason given";

  onInit({ config }: Vitest): void {
    if (config.testNamePattern !== undefined) this.withoutReason = "not selected by name";
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      // A file that cannot be loaded has no tests, but counts as a failure.
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "pending") counts.failed += 1;
        else counts[result.state] += 1;
        const place = `${module.moduleId.split("/").pop()}: ${test.fullName}`;
        if (result.state === "skipped") console.log(`skipped: ${result.note ?? this.withoutReason} (${place})`);
        if (test.diagnostic()?.flaky === true) {
          console.log(`passed only when it was tried again: ${result.errors?.[0]?.message.split("\n")[0]} (${place})`);
        }
      }
    }
    counts.failed += errors.length;
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}
