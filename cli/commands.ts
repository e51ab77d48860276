/** The command line of `baas`: every command with its arguments and options. What a command does is loaded when it runs. */
import { Command } from "commander";

import {
  checkHelp,
  connectionHelp,
  deployHelp,
  diffHelp,
  graphHelp,
  newHelp,
  policiesHelp,
  portsHelp,
  previewHelp,
  stacksHelp,
  startHelp,
} from "./commandHelp";
import { addCompletion } from "./common/completion";
import { interruptible, plain } from "./common/runCommand";

const exitCodes = `
Exit codes:
  0    done; a preview or a check found nothing against it
  1    a mistake in the configuration or the arguments, or something failed; the message says what to do
  2    a mandatory policy is violated; with "diff --exit-code": something changes
  129, 130, 143   ended by a hangup, Ctrl-C, a termination

What programs read (--json, manifests, pictures) goes to standard output, progress and errors to standard error.
NO_COLOR=1 leaves out colours. Completion for your shell: baas completion --help
`;

/**
 * The whole command.
 *
 * @param version - of this product
 */
export function commandLine(version: string): Command {
  const program = new Command("baas")
    .description("Blockchain networks on Kubernetes: one YAML file describes a network.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .enablePositionalOptions()
    .showHelpAfterError("(baas --help lists the commands)")
    .addHelpText("after", exitCodes);
  addLooking(program);
  addChanging(program);
  addNetworks(program);
  addMachine(program);
  return program;
}

/** Commands that touch nothing. */
function addLooking(program: Command): void {
  program.commandsGroup("See what would happen; these touch nothing:");
  command(program, "preview", "what applying a stack would change; the policies", previewHelp)
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
  command(program, "diff", "what changes for the network, field by field", diffHelp)
    .argument("[stack]", "the stack")
    .option("--all", "all stacks, those that are gone among them; shows those that change")
    .option("--base <revision>", "compare with the files of a Git revision, of the commit where this branch left it")
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
  command(program, "graph", "draw a network, and who may talk to whom", graphHelp)
    .argument("<stack>", "the network")
    .option("--format <format>", "svg, or mermaid, which GitHub draws in comments and Markdown files", "svg")
    .option("--out <file>", "the file to write; by default the picture is printed")
    .action(plain(async () => (await import("./commands/graph")).run));
  command(program, "check", "check a pull request: style, types, tests, stacks", checkHelp)
    .option(
      "--base <revision>",
      "what the change is to be merged into, such as origin/main; by default all stacks are previewed",
    )
    .option(
      "--out <folder>",
      "for comment.md, the comment on the pull request, and the pictures; by default .baas/check",
    )
    .action(interruptible(async () => (await import("./commands/check")).run));
  const policies = command(program, "policies", "how policies are taken");
  command(
    policies,
    "config",
    "print how policies are taken in a stack, as pulumi's --policy-pack-config takes it",
    policiesHelp,
  )
    .argument("<stack>", "the stack")
    .action(plain(async () => (await import("./commands/policies")).config));
}

/** Commands that change a cluster. */
function addChanging(program: Command): void {
  program.commandsGroup("Make it so:");
  command(program, "apply", "make a stack so, without the Pulumi CLI")
    .argument("<stack>", "the stack")
    .option("--context <name>", "the cluster; by default the one that the stack's environment names")
    .option("--timeout <duration>", "how long to wait until everything is ready, such as 90s or 10m", "10m")
    .option("--force-conflicts", "take over fields that another program manages")
    .action(interruptible(async () => (await import("./commands/apply")).run));
  command(program, "destroy", "take a stack out of a cluster and keep its data")
    .argument("<stack>", "the stack")
    .option("--context <name>", "the cluster; by default the one that the stack's environment names")
    .option("--purge", "delete the data too: namespace, volumes, secrets, random values")
    .option("--yes", "do not ask before purging; needed where there is no terminal")
    .option("--timeout <duration>", "how long to wait until everything is gone, such as 90s or 10m", "10m")
    .action(interruptible(async () => (await import("./commands/destroy")).run));
  command(program, "deploy", "bring up an environment with the Pulumi CLI", deployHelp)
    .argument("<environment>", "the environment, by the name of its file in stacks/environments")
    .action(interruptible(async () => (await import("./commands/deploy")).run));
}

/** Commands about the networks of this project. */
function addNetworks(program: Command): void {
  program.commandsGroup("Networks:");
  command(program, "new", "write the stack file of a small network", newHelp)
    .argument("<network>", "its name: writes stacks/Pulumi.NETWORK.yaml")
    .option("--environment <name>", "where it is to run; by default the only environment there is")
    .option("--domain <domain>", "its nodes are called peer0.org1.DOMAIN; by default NETWORK.example.com")
    .action(plain(async () => (await import("./commands/new")).run));
  command(program, "stacks", "list the stacks of each environment", stacksHelp)
    .option("--environment <name>", "this one only")
    .option(
      "--pushed",
      "environments whose images go to a registry; the others are for the machine that builds the images",
    )
    .option("--json", "a list of {environment, context, pushesImages, stacks}")
    .action(plain(async () => (await import("./commands/stacks")).run));
  command(program, "ports", "list the ports of networks, and the free ones", portsHelp)
    .option("--json", "as {networks, environments, problems}")
    .action(plain(async () => (await import("./commands/ports")).run));
  command(program, "connection", "write what clients outside the cluster need", connectionHelp)
    .argument("<stack>", "the network")
    .option("--context <name>", "the cluster; by default the one that the stack's environment names")
    .option("--out <folder>", "folder of the files; by default .baas/connection/STACK")
    .option(
      "--address <host>",
      "where clients reach the gateway; by default what the environment says, or else the cluster",
    )
    .action(interruptible(async () => (await import("./commands/connection")).run));
  command(program, "schema", "write the JSON Schemas for editors").action(
    plain(async () => (await import("./commands/schema")).run),
  );
}

/** Commands about this machine. */
function addMachine(program: Command): void {
  program.commandsGroup("This machine:");
  command(program, "start", "the main job on this machine (npm start)", startHelp)
    .option("--context <name>", "a cluster that you have, instead of a Kubernetes of this machine")
    .action(interruptible(async () => (await import("./commands/start")).run));
  const local = command(program, "local", "the Kubernetes of this machine");
  const instance = ["--name <name>", "another instance beside the usual one"] as const;
  local.enablePositionalOptions();
  command(local, "up", "start it: by kind where there is Docker, or built from source")
    .option(...instance)
    .action(plain(async () => (await import("./commands/local")).up));
  command(local, "down", "stop it and keep its data")
    .option(...instance)
    .option("--purge", "remove it with its data")
    .action(plain(async () => (await import("./commands/local")).down));
  command(local, "status", "what runs, and where; ends with 1 unless it is running")
    .option(...instance)
    .action(plain(async () => (await import("./commands/local")).status));
  command(local, "load", "make node images from a Fabric release archive")
    .argument("<archive>", "hyperledger-fabric-linux-amd64-VERSION.tar.gz, or that of Fabric CA")
    .option(...instance)
    .action(plain(async () => (await import("./commands/local")).load));
  command(local, "kubectl", "kubectl, with this cluster's kubeconfig")
    .argument("[arguments...]", "arguments of kubectl")
    .option(...instance)
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(plain(async () => (await import("./commands/local")).kubectl));
  addCompletion(program);
}

function command(parent: Command, name: string, description: string, help?: string): Command {
  const added = parent.command(name).description(description);
  return help === undefined ? added : added.addHelpText("after", `\n${help.trim()}`);
}
