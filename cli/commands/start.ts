/**
 * `npm start`: the main job on this machine. Previews the platform and the network `dev`, brings up a Kubernetes, applies
 * both, and tells when what came about, up to the first transactions; or what is missing for that. Where Fabric's images cannot be
 * had, it then brings up the Ethereum network `ethdev`, whose client is built here.
 */
import { join } from "node:path";

import { ownArchitecture } from "../../local-cluster/elf";
import { status } from "../../local-cluster/localCluster";
import { LocalError } from "../../local-cluster/localError";
import { terminalProgress } from "../../local-cluster/progress";
import { baas, shellWord } from "../../model/baasCommand";
import { parseImage } from "../../model/contracts/images";
import { roleLabel } from "../../model/contracts/labels";
import { smokeTestContainerName } from "../../model/contracts/smokeTest";
import { stackFileIn } from "../../model/files/projectFolder";
import { defaultFabricVersion, versions } from "../../model/files/versions";
import { upstreamImages } from "../../model/network/upstreamImages";
import type { PolicyPack } from "../../model/pulumi/policyPack";
import { UserError } from "../../model/userError";
import { policyPackIn } from "../../policies/pack";
import { paintFor } from "../common/colors";
import { apply, type ApplyResult } from "../engine/apply/apply";
import { applySummary, kubectlCommand } from "../engine/apply/applyText";
import { connect } from "../engine/cluster/clusterConnection";
import { violationsText } from "../engine/policyPack/violationsText";
import { exitCodeOf, hasErrors, preview } from "../engine/preview/preview";
import { previewText } from "../engine/preview/previewText";
import { ethereumMilestones, ethereumNext, readEthereum } from "../start/ethereumMilestones";
import { committedText, isNotBefore, milestones, readNetwork, smokeTestResults, timeline } from "../start/milestones";
import { prepareOwnCluster, type StartOwnCluster } from "../start/ownCluster";

const projectDir = join(__dirname, "../..");
const platform = "platform-local";
const network = "dev";
const ethereum = "ethdev";
const paint = paintFor(process.stdout);

export async function run(
  { context, nodes }: { context?: string; nodes?: number },
  signal: AbortSignal,
): Promise<number> {
  if (context !== undefined && nodes !== undefined) throw notItsNodes(context);
  const startCluster = context === undefined ? await prepareOwnCluster(projectDir, undefined, nodes) : undefined;
  if (startCluster !== undefined && !(startCluster instanceof LocalError)) console.log(await aboutImages());
  // A cluster that cannot be reached is told before the long previews.
  if (context !== undefined) (await connect(context, signal)).close();
  const policies = policyPackIn(projectDir);
  const code = await showPreviews(policies, signal);
  if (code !== 0) return code;
  if (startCluster instanceof LocalError) {
    console.log(`${startCluster.problem} So this ends with the preview.\nNext: ${startCluster.remedy}`);
    return 0;
  }
  if (startCluster !== undefined) {
    heading("A Kubernetes on this machine");
    await showStart(startCluster);
  }
  for (const stack of [platform, network]) {
    heading(`Applying ${stack}`);
    const progress = terminalProgress();
    const began = Date.now();
    const at = context === undefined ? {} : { context };
    const result = await apply({ projectDir, stack, policies, ...at, progress, signal });
    console.log(applySummary(result));
    if (result.notReady.length > 0 && !waitsForImagesOnly(result)) return 1;
    if (stack !== network) continue;
    console.log(`\n${await account(result, began, signal)}\n\n${tryNext(result, context)}`);
    if (startCluster !== undefined && waitsForImagesOnly(result)) return applyEthereum(policies, signal);
  }
  return 0;
}

/** Brings up a network that needs nothing but registries of packages. Returns the exit code. */
async function applyEthereum(policies: PolicyPack | undefined, signal: AbortSignal): Promise<number> {
  heading(`Applying ${ethereum}, a network of Ethereum, which needs no image of Fabric`);
  const began = Date.now();
  const result = await apply({ projectDir, stack: ethereum, policies, progress: terminalProgress(), signal });
  console.log(applySummary(result));
  if (result.notReady.length > 0) return 1;
  const connection = await connect(result.context, signal);
  const objects = await readEthereum(connection, result.namespaces[0]!).finally(() => connection.close());
  console.log(
    `\nThe network lives: its validators make blocks, and every node has read what a contract keeps:\n\n` +
      `${timeline(ethereumMilestones(objects), began)}\n\n${ethereumNext(ethereum, kubectlCommand(result))}`,
  );
  return 0;
}

function notItsNodes(context: string): UserError {
  return new UserError(
    `--nodes is for the Kubernetes that this project starts on this machine. The cluster of context "${context}" has its own nodes, ` +
      `which only its administrator adds.\n  -> Leave out --nodes or --context.`,
  );
}

/** Whether Fabric's images are there, and how to come by them: the first lines, as nothing runs without them. */
async function aboutImages(): Promise<string> {
  const { peer, orderer, certificateAuthority } = upstreamImages({}, defaultFabricVersion);
  const names = [peer, orderer, certificateAuthority];
  const { images } = await status();
  const missing = names.filter((name) => !images.some((image) => image.endsWith(name)));
  if (missing.length === 0) return `Fabric's images are here: ${names.join(", ")}.\n`;
  return [
    `Fabric's images are not in this machine's cluster yet: ${missing.join(", ")}.`,
    "They are pulled where a registry can be reached. Where not, everything else is brought up and Fabric's nodes wait. Then a",
    `network of Ethereum follows (${stackFileIn(projectDir, ethereum)}): its geth is built here, three minutes the first time.`,
    "To have Fabric, make its images from the release archives of Fabric and Fabric CA:",
    ...loadCommands().map((command) => `  ${command}`),
  ].join("\n");
}

function loadCommands(): string[] {
  const archives = [
    `hyperledger-fabric-linux-${ownArchitecture()}-${defaultFabricVersion}.tar.gz`,
    `hyperledger-fabric-ca-linux-${ownArchitecture()}-${parseImage(versions.images.certificateAuthority).tag}.tar.gz`,
  ];
  return archives.map((archive) => baas("local load", archive));
}

/** Returns the exit code that is due. */
async function showPreviews(policies: PolicyPack | undefined, signal: AbortSignal): Promise<number> {
  for (const stack of [platform, network]) {
    const code = await showPreview(stack, policies);
    if (signal.aborted) throw new UserError("interrupted; nothing was touched");
    if (code !== 0) return code;
  }
  return 0;
}

async function showPreview(stack: string, policies: PolicyPack | undefined): Promise<number> {
  heading(`Preview of ${stack}`);
  const found = await preview(projectDir, stack, { policies });
  const { violations, result } = found;
  const stream = hasErrors(found) ? process.stderr : process.stdout;
  stream.write(previewText(found, stack, paintFor(stream)));
  if (result !== undefined) process.stdout.write(violationsText(violations, result, paint));
  return exitCodeOf(found);
}

async function showStart(startCluster: StartOwnCluster): Promise<void> {
  const progress = terminalProgress();
  const started = Date.now();
  const cluster = await startCluster(progress);
  progress.done();
  console.log(
    `ready in ${Math.round((Date.now() - started) / 1000)} s: context ${cluster.context}, kubeconfig ${cluster.kubeconfig}`,
  );
}

/** Whether nothing but missing images keeps a stack from being ready. */
function waitsForImagesOnly({ end }: ApplyResult): boolean {
  return end === "blocked";
}

/** What came about, and when; `began` is when the apply did, in milliseconds since 1970. */
async function account(result: ApplyResult, began: number, signal: AbortSignal): Promise<string> {
  if (result.notReady.length > 0) {
    return (
      "Every manifest was accepted by the Kubernetes API server; Fabric's nodes wait for their images (see above), the\n" +
      "channel and its chaincode for them, and the first transactions for those."
    );
  }
  const connection = await connect(result.context, signal);
  const objects = await readNetwork(connection, result.namespaces[0]!).finally(() => connection.close());
  const { created, changed, replaced, deleted } = result;
  const all = milestones(objects);
  // Pods whose images have come since the last apply start without anything being changed.
  if (created + changed + replaced + deleted === 0 && !all.some(({ at }) => isNotBefore(at, began))) {
    return `Nothing changed; the network lives as before:\n${committedText(smokeTestResults(objects))}`;
  }
  return (
    "The network lives: every node has enrolled with a key of its own, the channel is joined, its chaincode committed, and\n" +
    `transactions are on the ledgers of all organizations. Since its apply began:\n\n${timeline(all, began)}`
  );
}

/** Commands to go on with; `given` is the context that the user named. */
function tryNext({ local, context, missingImages }: ApplyResult, given: string | undefined): string {
  const name = local === undefined || local === "local" ? "" : ` --name ${local}`;
  const at = given === undefined ? "" : ` --context ${shellWord(given)}`;
  const kubectl = kubectlCommand({ local, context });
  const images = [...loadCommands().map((command) => command + name), `npm start${at === "" ? "" : ` --${at}`}`];
  const commands = [
    ...(missingImages.length === 0 ? [] : images),
    `${kubectl} -n ${network} get pods,jobs,certificateauthorities,identities,channels,chaincodes`,
    `${kubectl} -n ${network} logs -c ${smokeTestContainerName} --selector ${roleLabel}=client   tells of the transactions`,
    `${baas("connection", network)}${at}   what clients outside the cluster need, by the network's one port`,
    `make org1 "- { name: org1, peers: 2, clients: [app] }" in ${stackFileIn(projectDir, network)}, then: ${baas("preview", network)} --diff`,
    `${baas("apply", network)}${at}`,
    `${baas("destroy", network)}${at}   keeps ledgers and identities; --purge deletes them too`,
    ...(local === undefined ? [] : [`${baas("local down")}${name}   stops the cluster and keeps its data`]),
  ];
  return ["Try next:", ...commands.map((command) => `  ${command}`)].join("\n");
}

function heading(text: string): void {
  console.log(`\n${paint("bold", `== ${text}`)}\n`);
}
