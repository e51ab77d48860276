/**
 * `npm start`: the main job on this machine. Previews the platform and the network `dev`, brings up a Kubernetes, applies
 * both, and says what runs and what does not run yet.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";

import { status, up } from "../local/cluster";
import { whyUnsupported } from "../local/host";
import { terminalProgress } from "../local/output";
import { apply, type ApplyResult } from "../offline/apply/apply";
import { applySummary } from "../offline/apply/command";
import { terminalReport } from "../offline/apply/report";
import { runInterruptibly } from "../offline/command";
import { UserError } from "../offline/errors";
import { diagnosticsText, previewText } from "../offline/plan/display";
import { hasErrors, preview } from "../offline/plan/preview";
import { paintFor } from "../offline/plan/terminal";
import { versions } from "../versions";

const usage = `usage: npm start [-- --context NAME]
  --context NAME   a cluster that you have, instead of a Kubernetes of this machine`;

const projectDir = join(__dirname, "../..");
const platform = "platform-local";
const network = "dev";
const paint = paintFor(process.stdout);

runInterruptibly(async (args, signal) => {
  const context = parseContext(args);
  if (context === undefined) console.log(await aboutImages());
  for (const stack of [platform, network]) {
    const good = await showPreview(stack);
    if (signal.aborted) throw new UserError("interrupted; nothing was touched");
    if (!good) return 1;
  }
  if (context === undefined) {
    const obstacle = await whyUnsupported();
    if (obstacle !== undefined) {
      console.log(`${obstacle} So this ends with the preview.`);
      console.log("Next: npm start -- --context NAME, with a cluster of yours, such as one made by kind or minikube.");
      return 0;
    }
    heading("A Kubernetes on this machine");
    await startCluster();
  }
  for (const stack of [platform, network]) {
    heading(`Applying ${stack}`);
    const progress = terminalReport();
    const result = await apply({ projectDir, stack, ...(context !== undefined && { context }), progress, signal });
    console.log(applySummary(result));
    if (result.notReady.length > 0 && !waitsForImagesOnly(result)) return 1;
    if (stack === network) console.log(`\n${closing(result)}`);
  }
  return 0;
});

function parseContext(args: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { context: { type: "string" } } }).values.context;
  } catch (error) {
    throw new UserError(`${(error as Error).message.split(". ")[0]}\n${usage}`);
  }
}

/** Whether Fabric's images are there, and how to come by them: the first lines, as nothing runs without them. */
async function aboutImages(): Promise<string> {
  const version = versions.fabric.supported[0];
  const names = [
    `${versions.images.peer}:${version}`,
    `${versions.images.orderer}:${version}`,
    versions.images.certificateAuthority,
  ];
  const { images } = await status();
  const missing = names.filter((name) => !images.some((image) => image.endsWith(name)));
  if (missing.length === 0) return `Fabric's images are here: ${names.join(", ")}.\n`;
  return [
    `Fabric's images are not in this machine's cluster yet: ${missing.join(", ")}.`,
    "They are pulled where a registry can be reached. Where not, everything else is brought up and Fabric's nodes wait; then",
    "make the images from the release archives of Fabric and Fabric CA:",
    ...loadCommands().map((command) => `  ${command}`),
  ].join("\n");
}

function loadCommands(): string[] {
  const archives = [
    `hyperledger-fabric-linux-amd64-${versions.fabric.supported[0]}.tar.gz`,
    `hyperledger-fabric-ca-linux-amd64-${versions.images.certificateAuthority.split(":")[1]}.tar.gz`,
  ];
  return archives.map((archive) => `npm run local -- load ${archive}`);
}

async function showPreview(stack: string): Promise<boolean> {
  heading(`Preview of ${stack}`);
  const found = await preview(projectDir, stack);
  const { project, plan, diagnostics } = found;
  process.stdout.write(
    plan === undefined
      ? diagnosticsText(diagnostics, { project, stack }, paint)
      : previewText(plan, diagnostics, { project, stack }, paint),
  );
  return !hasErrors(found);
}

async function startCluster(): Promise<void> {
  const progress = terminalProgress();
  const started = Date.now();
  const cluster = await up({ progress });
  progress.done();
  console.log(
    `ready in ${Math.round((Date.now() - started) / 1000)} s: context ${cluster.context}, kubeconfig ${cluster.kubeconfig}`,
  );
}

/** Whether nothing but missing images keeps a stack from being ready. */
function waitsForImagesOnly({ end }: ApplyResult): boolean {
  return end === "blocked";
}

function closing(result: ApplyResult): string {
  const kubectl = result.local === undefined ? `kubectl --context ${result.context}` : "npm run local -- kubectl";
  const state =
    result.notReady.length === 0
      ? "The network lives: every node has enrolled with a key of its own, the channel is joined, its chaincode committed."
      : "Every manifest was accepted by the Kubernetes API server; Fabric's nodes wait for their images (see above), and the\n" +
        "channel and its chaincode for them.";
  return [
    state,
    "",
    "Try next:",
    ...(result.missingImages.length === 0 ? [] : [...loadCommands().map((command) => `  ${command}`), "  npm start"]),
    `  ${kubectl} -n ${network} get pods,certificateauthorities,identities,channels,chaincodes`,
    `  add "peers: 2" to org1 in stacks/Pulumi.${network}.yaml, then: npm run preview -- ${network} --diff`,
    `  npm run apply -- ${network}`,
    `  npm run destroy -- ${network}        keeps ledgers and identities; --purge deletes them too`,
    ...(result.local === undefined ? [] : ["  npm run local -- down            stops the cluster and keeps its data"]),
  ].join("\n");
}

function heading(text: string): void {
  console.log(`\n${paint("bold", `== ${text}`)}\n`);
}
