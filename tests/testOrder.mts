/** In which order test files run. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Those on a Kubernetes that take longest, the longest first. A machine that has just been made knows no times. */
const longOnes = [
  "pulumi",
  "monitoring",
  "kafka",
  "ethereum",
  "apply",
  "controller",
  "gateway",
  "studio",
  "furtherNodes",
];

/** Where they stand among the unit tests, as parts of these; the rest comes after all of them. */
const places = [0, 0, 1 / 3, 2 / 3];

/**
 * Puts tests on a Kubernetes among the unit tests. Two begin at once, and the others when these may have ended: they wait more than
 * they compute, and unit tests run meanwhile.
 */
export class TestOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isOnCluster = ({ project }: TestSpecification) => project.name === "cluster";
    const onCluster = sorted.filter(isOnCluster).sort((a, b) => rank(a) - rank(b));
    const others = sorted.filter((file) => !isOnCluster(file));
    return mixed(onCluster, others);
  }
}

/** Puts some files at their places among others. */
export function mixed<T>(some: readonly T[], others: readonly T[]): T[] {
  const result: T[] = [];
  some.forEach((file, number) => {
    const place = Math.floor((places[number] ?? 1) * others.length);
    result.push(...others.slice(result.length - number, place), file);
  });
  return [...result, ...others.slice(result.length - some.length)];
}

function rank({ moduleId }: TestSpecification): number {
  const place = longOnes.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return place === -1 ? longOnes.length : place;
}
