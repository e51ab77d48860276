/** How tests run: unit tests side by side, at most two of those that bring up a Kubernetes beside them, soak tests one after the other. */
import { availableParallelism } from "node:os";

import { defineConfig, type TestUserConfig } from "vitest/config";

import { SummaryReporter } from "./tests/summaryReporter.mts";
import { TestOrder } from "./tests/testOrder.mts";

const everywhere = ["**/node_modules/**", "**/dist/**", "**/testdata/**", "**/.baas/**"];
// These bring up a Kubernetes, with time to build it first.
const onCluster = [
  "tests/cluster/**/*.test.ts",
  "local-cluster/debianCluster.test.ts",
  "local-cluster/furtherNodes.test.ts",
];
// These take long on purpose: they run only for `npm test -- --project soak`.
const soak = ["tests/soak/**/*.test.ts"];
const soakIsWanted = process.argv.some((argument) => /^(--project=)?soak$/.test(argument));
// Generated messages of Fabric's register in one global object: those of fabric-shim's own version must not meet ours.
const withShim = ["chaincode/**/*.test.ts"];
// Programs of this repository take the library `fabric/` from its sources, as tsconfig.json says.
const resolve = { tsconfigPaths: true };
const minutes = 60_000;

/** Tests that bring up a Kubernetes. */
const onKubernetes = (name: string, include: string[], turns: TestUserConfig) => ({
  resolve,
  test: {
    ...turns,
    name,
    include,
    exclude: everywhere,
    pool: "forks" as const,
    testTimeout: 10 * minutes,
    hookTimeout: 30 * minutes,
  },
});

export default defineConfig({
  test: {
    reporters: ["default", new SummaryReporter()],
    // Many tests wait for other programs more than they compute, those on a Kubernetes most of all.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: TestOrder },
    projects: [
      {
        resolve,
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...everywhere, ...onCluster, ...soak, ...withShim],
          pool: "forks",
          // A process for each file, and every module loaded in it anew, took a third of the whole time.
          isolate: false,
          // A busy machine takes its time. The summary names what passed only when it was tried again: it is to be mended.
          expect: { poll: { timeout: 20_000 } },
          retry: 1,
          testTimeout: 3 * minutes,
          hookTimeout: 3 * minutes,
        },
      },
      {
        test: {
          name: "chaincode",
          include: withShim,
          exclude: everywhere,
          pool: "forks",
          testTimeout: 1 * minutes,
          hookTimeout: 1 * minutes,
        },
      },
      onKubernetes("cluster", onCluster, {
        retry: 1,
        globalSetup: "tests/cluster/turns.ts",
        setupFiles: "tests/cluster/turn.ts",
      }),
      ...(soakIsWanted ? [onKubernetes("soak", soak, { fileParallelism: false })] : []),
    ],
  },
});
