/** The command line of `baas`: every command with its arguments and options. The code of a command is loaded when it runs. */
import { join } from "node:path";

import { Command, InvalidArgumentError, Option } from "commander";

import {
  alertsHelp,
  callHelp,
  chaincodeHelp,
  checkHelp,
  connectionHelp,
  deployHelp,
  diffHelp,
  graphHelp,
  imagesHelp,
  newHelp,
  policiesHelp,
  portsHelp,
  previewHelp,
  renewHelp,
  stacksHelp,
  startHelp,
  statusHelp,
  studioHelp,
  txHelp,
} from "./commandHelp";
import { addCompletion } from "./common/completion";
import { reportUsageErrors } from "./common/errorOutput";
import { releaseOf } from "./common/releaseOf";
import { interruptible, plain } from "./common/runCommand";

const exitCodes = `
Exit codes:
  0    done; a preview or a check found nothing against it
  1    a mistake in the configuration or the arguments, or something failed; the message says what to do
  2    a mandatory policy is violated; with "diff --exit-code": something changes
  129, 130, 143   ended at once by a hangup, Ctrl-C, a termination; a command that cleans up first ends with 1

What programs read (--json, manifests, pictures) goes to standard output, progress and errors to standard error. With --json,
an error is on standard output too: {"error": {"message", "file", "findings"}}, the last two for mistakes in a file.
NO_COLOR=1 leaves out colours. Completion for your shell: baas completion --help
`;

/**
 * Builds the command line.
 *
 * @param version - of this product
 */
export function commandLine(version: string): Command {
  const program = new Command("baas")
    .description("Blockchain networks on Kubernetes: one YAML file describes a network.")
    .option("-V, --version", "print the release: the version, and the commit unless it is tagged as that version")
    .on("option:version", () => {
      console.log(releaseOf(join(__dirname, ".."), version));
      process.exit();
    })
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .enablePositionalOptions()
    .showHelpAfterError("(baas --help lists the commands)")
    .addHelpText("after", exitCodes);
  addLooking(program);
  addChanging(program);
  addNetworks(program);
  addMachine(program);
  reportUsageErrors(program);
  return program;
}

/** Commands that change no cluster. */
function addLooking(program: Command): void {
  program.commandsGroup("See what would happen; these change no cluster:");
  command(program, "preview", "show what applying a stack would change, and what the policies say", previewHelp)
    .argument("[stack]", "the stack, by the name of its file: stacks/Pulumi.STACK.yaml")
    .option("--all", "every stack that has a file")
    .option("--diff", "every changed field")
    .option(
      "--json",
      'the document that "pulumi preview --json" prints, with "policyViolations"; with --all, one for each stack',
    )
    .option(
      "--base <revision>",
      "compare with the files of a Git revision, such as origin/main, instead of with the last apply",
    )
    .action(plain(async () => (await import("./commands/preview")).run));
  command(program, "diff", "show what changes for the network, field by field", diffHelp)
    .argument("[stack]", "the stack")
    .option("--all", "all stacks that change, including removed ones")
    .option("--base <revision>", "compare with the files of a Git revision, at the commit where this branch left it")
    .option("--live", "compare with the cluster, by a server-side dry run")
    .option("--context <name>", "the cluster for --live; by default the one that the stack's environment names")
    .option("--json", "as {comparedWith, stacks}")
    .option("--markdown", "a comment for a pull request, of 60,000 characters at most")
    .option("--exit-code", "end with 2 when anything changes")
    .action(plain(async () => (await import("./commands/diff")).run));
  command(program, "render", "write a stack's Kubernetes objects into a folder")
    .argument("<stack>", "the stack")
    .requiredOption("--out <folder>", "the folder: new, empty, or from an earlier render")
    .action(plain(async () => (await import("./commands/render")).run));
  command(program, "graph", "draw a network and its allowed connections", graphHelp)
    .argument("<stack>", "the network")
    .option("--format <format>", "svg, or mermaid, which GitHub draws in comments and Markdown files", "svg")
    .option("--out <file>", "the file to write; by default the picture is printed")
    .action(plain(async () => (await import("./commands/graph")).run));
  command(program, "check", "check a pull request: style, types, tests, stacks", checkHelp)
    .option("--base <revision>", "the branch to merge into, such as origin/main; by default all stacks are previewed")
    .option(
      "--out <folder>",
      "folder for comment.md, the comment on the pull request, and for the pictures; by default .baas/check",
    )
    .action(interruptible(async () => (await import("./commands/check")).run));
  addWatching(program);
  const policies = command(program, "policies", "settings of the policies");
  command(
    policies,
    "config",
    "print enforcement levels and settings of a stack's policies, for pulumi's --policy-pack-config",
    policiesHelp,
  )
    .argument("<stack>", "the stack")
    .action(plain(async () => (await import("./commands/policies")).config));
}

/** Commands that ask the platform's monitoring, or about it. */
function addWatching(program: Command): void {
  command(program, "status", "say which networks are ill, and why, from the platform's monitoring", statusHelp)
    .argument("<stack>", "the platform, for all networks of its environment; or one network")
    .option("--context <name>", "the cluster; by default the one that the stack's environment names")
    .option("--json", "as a list of {network, well, alerts, nodes, nodesUp, channels, certificate}")
    .action(plain(async () => (await import("./commands/status")).run));
  const alerts = command(program, "alerts", "alerts of the platform's monitoring");
  command(alerts, "route", "say who would be told of an alert", alertsHelp)
    .argument("<network>", "the network, by the name of its stack; or the stack of a platform, for its own alerts")
    .argument("<alert>", "the alert, such as PeerDown; docs/runbooks has a page for each")
    .option("--json", "as a list of {severity, team, receivers, quietHours}")
    .action(plain(async () => (await import("./commands/alerts")).route));
}

/** Commands that change a cluster. */
function addChanging(program: Command): void {
  program.commandsGroup("Change a cluster:");
  command(program, "apply", "apply a stack to its cluster, without the Pulumi CLI")
    .argument("<stack>", "the stack")
    .option("--context <name>", "the cluster; by default the one that the stack's environment names")
    .option("--timeout <duration>", "how long to wait until everything is ready, such as 90s or 10m", "10m")
    .option("--force-conflicts", "take over fields that another program manages")
    .action(interruptible(async () => (await import("./commands/apply")).run));
  command(program, "destroy", "remove a stack from its cluster and keep its data")
    .argument("<stack>", "the stack")
    .option("--context <name>", "the cluster; by default the one that the stack's environment names")
    .option("--purge", "delete the data too: namespace, volumes, secrets, random values")
    .option("--yes", "do not ask before purging; required without a terminal")
    .option("--confirm <stack>", "the stack's name again; required to purge in an environment for production")
    .option("--timeout <duration>", "how long to wait until everything is gone, such as 90s or 10m", "10m")
    .action(interruptible(async () => (await import("./commands/destroy")).run));
  command(program, "renew", "have nodes of a network, or the platform's CA, get new certificates now", renewHelp)
    .argument("<stack>", "the network, or the platform")
    .argument(
      "[nodes...]",
      "nodes, CAs and chaincode servers by the names of their pods, such as peer0-org1; by default all",
    )
    .option("--context <name>", "the cluster; by default the one that the stack's environment names")
    .option("--new-keys", "replace the private keys of peers and orderers, too")
    .option("--timeout <duration>", "how long to wait until all have restarted, such as 90s or 10m", "30m")
    .action(interruptible(async () => (await import("./commands/renew")).run));
  command(program, "images", "build a stack's images and bring them to its cluster, before pulumi up", imagesHelp)
    .argument("<stack>", "the stack")
    .option("--context <name>", "the cluster; by default the one that the stack's environment names")
    .action(interruptible(async () => (await import("./commands/images")).run));
  command(program, "deploy", "deploy all stacks of an environment with the Pulumi CLI", deployHelp)
    .argument("<environment>", "the environment, by the name of its file in stacks/environments")
    .action(interruptible(async () => (await import("./commands/deploy")).run));
}

const asWhom = ["--client <name>", "the client, such as app-org1; by default the only one that has enrolled"] as const;
const connectionIn = [
  "--connection <folder>",
  "folder that connection has written; by default .baas/connection/STACK",
] as const;

/** Commands about the networks of this project. */
function addNetworks(program: Command): void {
  program.commandsGroup("Networks:");
  command(program, "new", "write the stack file of a small network", newHelp)
    .argument("<network>", "its name: writes stacks/Pulumi.NETWORK.yaml")
    .option("--environment <name>", "where it runs; by default the only environment there is")
    .option("--domain <domain>", "its nodes are called peer0.org1.DOMAIN; by default NETWORK.example.com")
    .action(plain(async () => (await import("./commands/new")).run));
  command(program, "stacks", "list the stacks of each environment", stacksHelp)
    .option("--environment <name>", "this environment only")
    .option("--pushed", "only environments whose images are pushed to a registry")
    .option("--json", "a list of {environment, context, pushesImages, stacks}")
    .action(plain(async () => (await import("./commands/stacks")).run));
  command(program, "ports", "list the ports of networks, and the free ones", portsHelp)
    .option("--json", "as {networks, environments, problems}")
    .action(plain(async () => (await import("./commands/ports")).run));
  command(program, "connection", "write the connection files for clients outside the cluster", connectionHelp)
    .argument("<stack>", "the network")
    .option("--context <name>", "the cluster; by default the one that the stack's environment names")
    .option("--out <folder>", "folder of the files; by default .baas/connection/STACK")
    .option("--address <host>", "where clients reach the gateway; by default taken from the environment or the cluster")
    .action(interruptible(async () => (await import("./commands/connection")).run));
  const asClient = (made: Command): Command =>
    made
      .option("--channel <name>", "the channel; by default the only one of the client's organization")
      .option(...asWhom)
      .option(...connectionIn);
  addCalls(program, asClient);
  command(program, "schema", "write the JSON Schemas for editors").action(
    plain(async () => (await import("./commands/schema")).run),
  );
}

/** Commands that call a network, as a client of it. */
function addCalls(program: Command, asClient: (made: Command) => Command): void {
  asClient(
    command(program, "call", "call a function of a chaincode, by the gateway", callHelp)
      .argument("<stack>", "the network")
      .argument("<function>", "the function")
      .argument("[args...]", "its arguments; after --, they may begin with a dash")
      .option("--evaluate", "only read, on one peer: nothing is written to the ledger")
      .option("--chaincode <name>", "the chaincode; by default the only one of the channel")
      .option("--debug", "by the debug peer of the client's organization, for a session of chaincode debug"),
  )
    .option("--json", "as {channel, chaincode, function, txID, blockNumber, result}")
    .action(interruptible(async () => (await import("./commands/call")).call));
  asClient(
    command(program, "tx", "say what became of a transaction", txHelp)
      .argument("<stack>", "the network")
      .argument("<txid>", "its ID"),
  )
    .option(
      "--json",
      "as {channel, txID, type, isValid, validationCode, time, creator, chaincode, function, blockNumber}",
    )
    .action(interruptible(async () => (await import("./commands/call")).transaction));
  const chaincode = command(program, "chaincode", "develop chaincode on this machine", chaincodeHelp);
  command(chaincode, "new", "write the project of a new chaincode, with tests")
    .argument("<name>", "its name")
    .addOption(
      new Option("--language <language>", "its language").choices([...debuggedLanguages, "java"]).makeOptionMandatory(),
    )
    .option("--out <folder>", "folder of the project; by default chaincode/NAME")
    .action(plain(async () => (await import("./commands/chaincode")).create));
  command(chaincode, "test", "run the tests of a project, on a ledger in memory")
    .argument("[folder]", "folder of the project", ".")
    .action(plain(async () => (await import("./commands/chaincode")).test));
  const session = (name: string, description: string): Command =>
    asClient(
      command(chaincode, name, description)
        .argument("<network>", "the network, by the name of its stack")
        .argument("<chaincode>", "the chaincode")
        .argument("<organization>", "the organization; it has a debug peer"),
    )
      .option("--source <folder>", "folder of the project; by default the source in the stack file")
      .addOption(new Option("--language <language>", "by default told by the files").choices(debuggedLanguages));
  session("debug", "run chaincode here, under its debugger, for the debug peer of an organization")
    .option("--port <number>", "port of the debugger; by default 9229, for Go 2345", wholeNumber)
    .action(interruptible(async () => (await import("./commands/chaincode")).debug));
  session("dev", "the same without the debugger").action(
    interruptible(async () => (await import("./commands/chaincode")).dev),
  );
  addStudio(program);
}

/** `baas studio` and its commands. */
function addStudio(program: Command): void {
  const studio = command(program, "studio", "write chaincode in a browser, in a session of the network", studioHelp);
  const session = (name: string, description: string): Command =>
    command(studio, name, description)
      .argument("<network>", "the network, by the name of its stack")
      .argument("[session]", "the session; by default the only one there is")
      .option(...asWhom)
      .option(...connectionIn);
  session("open", "start a session, and print a link that signs a browser in once")
    .option("--json", "as {url, state}")
    .action(interruptible(async () => (await import("./commands/studio")).open));
  session("close", "end a session; its files stay").action(
    interruptible(async () => (await import("./commands/studio")).close),
  );
  command(studio, "list", "list the sessions of a network")
    .argument("<network>", "the network, by the name of its stack")
    .option(...asWhom)
    .option(...connectionIn)
    .option("--json", "a list of {name, host, organization, developer, chaincode, state}")
    .action(interruptible(async () => (await import("./commands/studio")).list));
}

/** As cli/chaincode/project.ts, which is loaded when it is needed. */
const debuggedLanguages = ["typescript", "javascript", "go"];

/** Commands about this machine. */
function addMachine(program: Command): void {
  program.commandsGroup("This machine:");
  command(program, "start", "run a first network on this machine (npm start)", startHelp)
    .option("--context <name>", "an existing cluster, instead of a Kubernetes on this machine")
    .option(...nodes)
    .action(interruptible(async () => (await import("./commands/start")).run));
  addLocal(program);
  addCompletion(program);
}

/** `baas local` and its commands. */
function addLocal(program: Command): void {
  const local = command(program, "local", "manage a Kubernetes on this machine");
  const instance = ["--name <name>", "another instance beside the default one"] as const;
  local.enablePositionalOptions();
  command(local, "up", "start it: by kind where there is Docker, or built from source")
    .option(...instance)
    .option(...nodes)
    .action(plain(async () => (await import("./commands/local")).up));
  command(local, "down", "stop it and keep its data")
    .option(...instance)
    .option("--purge", "remove it with its data")
    .action(plain(async () => (await import("./commands/local")).down));
  command(local, "status", "show its state and address; exit code 1 if it is not running")
    .option(...instance)
    .action(plain(async () => (await import("./commands/local")).status));
  const node = command(local, "node", "stop and start single nodes, to see a server fail");
  command(node, "stop", "stop a node at once, as if its power failed; its data is kept")
    .argument("<node>", "its name in Kubernetes")
    .option(...instance)
    .action(plain(async () => (await import("./commands/local")).nodeStop));
  command(node, "start", "start a stopped node, and wait until it is ready")
    .argument("<node>", "its name in Kubernetes")
    .option(...instance)
    .action(plain(async () => (await import("./commands/local")).nodeStart));
  command(local, "load", "make node images from a release archive of Fabric or Besu")
    .argument("<archive>", "hyperledger-fabric-linux-amd64-VERSION.tar.gz, or that of Fabric CA")
    .option(...instance)
    .action(plain(async () => (await import("./commands/local")).load));
  command(local, "kubectl", "run kubectl with this cluster's kubeconfig")
    .argument("[arguments...]", "arguments of kubectl")
    .option(...instance)
    .passThroughOptions()
    .allowUnknownOption()
    .action(plain(async () => (await import("./commands/local")).kubectl));
}

const nodes = [
  "--nodes <number>",
  "nodes of the Kubernetes on this machine, 1 to 5; by default as many as there are, or 1",
  wholeNumber,
] as const;

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It is not a whole number.");
  return Number(text);
}

function command(parent: Command, name: string, description: string, help?: string): Command {
  const added = parent.command(name).description(description);
  return help === undefined ? added : added.addHelpText("after", `\n${help.trim()}`);
}
