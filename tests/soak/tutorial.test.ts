/** docs/tutorial.md, step by step, in a fresh clone on real Fabric: its files are written, its commands run, their output compared. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { expect, it } from "vitest";

import { whyUnsupported } from "../../local-cluster/host";

const repository = join(__dirname, "../..");
const minutes = 60_000;
const stackFile = "stacks/Pulumi.greet.yaml";

it(
  "the tutorial leads from an empty folder to a call through the gateway",
  { timeout: 20 * minutes },
  async ({ skip }) => {
    const archives = process.env.FABRIC_ARCHIVES?.split(":");
    const skipReason =
      (await whyUnsupported()) ??
      (archives === undefined ? "FABRIC_ARCHIVES is not set: release archives of Fabric and Fabric CA" : undefined);
    skip(skipReason !== undefined, skipReason);
    const clone = mkdtempSync(join(tmpdir(), "baas-clone-"));
    execFileSync("git", ["clone", "--quiet", repository, clone]);
    const reader = new Reader(clone, archives!);
    try {
      reader.follow(readFileSync(join(repository, "docs/tutorial.md"), "utf8"));
      expect(reader.printed).toContain('{"id":"g1","text":"hello"}\n');
    } finally {
      reader.run("./baas local down --purge");
      rmSync(clone, { recursive: true, force: true });
    }
  },
);

/** Does what a tutorial says. */
class Reader {
  printed = "";
  /** Commands that the last command printed for its reader. */
  private handed: string[] = [];
  private readonly tools: string;
  private readonly hosts: string;

  constructor(
    private readonly clone: string,
    private readonly archives: readonly string[],
  ) {
    this.tools = join(clone, ".baas/tools");
    this.hosts = join(clone, ".baas/hosts");
    mkdirSync(this.tools, { recursive: true });
    for (const archive of archives) execFileSync("tar", ["-xzf", archive, "-C", this.tools]);
    writeFileSync(this.hosts, readFileSync("/etc/hosts"));
  }

  follow(tutorial: string): void {
    const blocks = tutorial.matchAll(
      /([^\n]*)\n\n```(\w+)\n(.*?)```|Then run the two printed commands|Edit `index.js`/gs,
    );
    for (const [whole, before, language, text] of blocks) {
      if (whole.startsWith("Then run")) this.runPrinted();
      else if (whole.startsWith("Edit")) this.edit();
      else if (language === "console") this.console(text!);
      else if (language === "yaml") this.replaceChaincodes(text!);
      else this.write(/`([\w./-]+)`:/.exec(before!)![1]!, text!);
    }
  }

  /** Runs the commands of a block; what stands below one must be in what it prints. */
  private console(block: string): void {
    for (const part of block.split(/^\$ /m).slice(1)) {
      const { command, expected } = commandIn(part);
      const output = this.run(command);
      const ports = (said: string) => said.replace(/port \d+/, "port");
      expect(ports(output)).toContain(ports(expected).trimEnd());
      if (command === "./baas local up") for (const file of this.archives) this.run(`./baas local load ${file}`);
    }
  }

  /** Runs a command with a file of its own in place of /etc/hosts, and returns what it printed. */
  run(command: string): string {
    // There is no terminal to confirm it at.
    const own = command.replace("sudo ", "").replace(/(destroy .*--purge)$/, "$1 --yes");
    const line = /hosts >>|^fabric-ca-client|client\.mjs/m.test(command)
      ? ["unshare", "--mount", "bash", "-ec", `mount --bind ${this.hosts} /etc/hosts\n${own}`]
      : ["bash", "-ec", own];
    const path = `${join(this.tools, "bin")}:${process.env.PATH}`;
    const output = execFileSync(line[0]!, line.slice(1), {
      cwd: this.clone,
      env: { ...process.env, PATH: path, NO_COLOR: "1" },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.printed += output;
    if (command.startsWith("./baas connection")) this.handed = enrolments(output);
    return output;
  }

  private runPrinted(): void {
    expect(this.handed).toHaveLength(2);
    this.run(this.handed.join("\n"));
  }

  private write(file: string, text: string): void {
    mkdirSync(dirname(join(this.clone, file)), { recursive: true });
    // The port that `new` gave; the tutorial says that it may differ.
    const port = /port: (\d+)/.exec(this.stack())?.[1] ?? "";
    writeFileSync(join(this.clone, file), text.replaceAll("30445", port));
  }

  private stack(): string {
    try {
      return readFileSync(join(this.clone, stackFile), "utf8");
    } catch {
      return "";
    }
  }

  private replaceChaincodes(text: string): void {
    const indented = text.replace(/^(?=.)/gm, "    ");
    writeFileSync(
      join(this.clone, stackFile),
      this.stack().replace(/^ {4}chaincodes:\n(^ {5,}.*\n|^\s*\n)*/m, indented),
    );
    expect(this.stack()).toContain("source: contracts/greetings");
  }

  private edit(): void {
    this.run(`sed -i 's/there is no greeting/nobody left greeting/' contracts/greetings/index.js`);
    this.run(`sed -i 's/version: "1.0"/version: "1.1"/' ${stackFile}`);
  }
}

/** A command with its continued lines, and the output below it. */
function commandIn(part: string): { command: string; expected: string } {
  const lines = part.split("\n");
  let length = 1;
  while ((lines.slice(0, length).join("\n").split("'").length - 1) % 2 === 1) length++;
  return { command: lines.slice(0, length).join("\n"), expected: lines.slice(length).join("\n").trimStart() };
}

/** The lines of a summary that enrol a client. */
function enrolments(output: string): string[] {
  return [...output.matchAll(/^ +((?:SECRET=|fabric-ca-client ).*)$/gm)].map(([, line]) => line!);
}
