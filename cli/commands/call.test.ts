import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { dump } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TestOrganization } from "../../client/src/testing/testOrganization";
import { TestProject } from "../../model/testing";
import { runCommandIn } from "../engine/testing/fixture";

let project: TestProject;
let organization: TestOrganization;
const folder = (network: string) => join(project.dir, ".baas/connection", network);

beforeAll(async () => {
  organization = await TestOrganization.start();
  project = new TestProject();
  project.environment("local", { gateway: { ports: { from: 30443, to: 30499 } } });
  const organizations = [{ name: "org1", clients: ["app", "auditor"] }];
  const source = "chaincode/asset-transfer";
  const gateway = { port: 30443, passthrough: { peers: ["org1"] } };
  const chaincodes = [{ name: "assets", channel: "main", source, version: "1.0" }];
  project.network("net", { organizations, gateway, channels: [{ name: "main" }], chaincodes });
  project.network("many", {
    organizations: [{ name: "org1", clients: ["app"] }],
    gateway: { ...gateway, port: 30444 },
    channels: [{ name: "main" }, { name: "other" }],
    chaincodes: [...chaincodes, { ...chaincodes[0], name: "bonds" }],
  });
  project.network("bare", { gateway: { port: 30445 }, channels: [{ name: "main" }] });
  enrol("net", "app");
  enrol("many", "app");
});
afterAll(() => {
  project.remove();
  organization.close();
});

/** Settings and identity of a client, as `connection` and an enrolment leave them. */
function enrol(network: string, client: string): void {
  const own = join(folder(network), "clients", `${client}-org1`);
  const { identity, ...settings } = organization.configuration() as { identity: Record<string, string> };
  for (const [name, file] of [
    ["signcerts", identity.certificate!],
    ["keystore", identity.privateKey!],
  ] as const) {
    mkdirSync(join(own, "msp", name), { recursive: true });
    writeFileSync(join(own, "msp", name, "file.pem"), readFileSync(file));
  }
  const peers = organization.peers.map(({ address }) => address.replace("127.0.0.1", "localhost"));
  const paths = { certificate: "msp/signcerts", privateKey: "msp/keystore" };
  writeFileSync(
    join(own, "blockchain_client.yaml"),
    dump(
      { ...settings, peers, timeouts: { total: "30s" }, backOff: undefined, identity: paths },
      { skipInvalid: true },
    ),
  );
}

const run = (command: string, ...args: string[]) => runCommandIn(project.dir, command, ...args);
const sent = () => organization.peers.reduce((sum, { calls }) => sum + calls.endorse + calls.submit, 0);

describe("call", () => {
  it("writes, and tx says what became of it", async () => {
    const { code, stdout, stderr } = await run("call", "net", "Put", "key", "value");
    const [, block, txID] = /^committed in block (\d+): \.\/baas tx net ([0-9a-f]{64})\n$/.exec(stderr) ?? [];
    expect([code, txID === undefined]).toEqual([0, false]);
    expect(stdout).toBe("Put:key,value");
    expect(organization.ledger.state.get("key")).toBe("value");
    const told = await run("tx", "net", txID!);
    expect(told.stdout.replace(/time: .*\n/, "")).toBe(
      [
        `transaction:     ${txID}`,
        "status:          committed",
        "validation code: VALID",
        "channel:         main",
        `block:           ${block}`,
        "creator:         Org1MSP, CN=user",
        "type:            ENDORSER_TRANSACTION",
        "chaincode:       assets",
        "function:        Put",
        "",
      ].join("\n"),
    );
    const { stdout: json } = await run("tx", "net", txID!, "--json");
    expect(JSON.parse(json)).toMatchObject({
      channel: "main",
      txID,
      isValid: true,
      function: "Put",
      blockNumber: block,
    });
  });

  it("shows control characters of what other clients have chosen", async () => {
    const { stderr } = await run("call", "net", "Put\u001b[31m", "red", "value");
    const { stdout } = await run("tx", "net", /[0-9a-f]{64}/.exec(stderr)![0]);
    expect(stdout).toContain("function:        Put\\u001b[31m\n");
  });

  it("reads, and sends nothing to the ledger", async () => {
    const before = sent();
    const { code, stdout, stderr } = await run("call", "net", "ReadAsset", "key", "--evaluate");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "value", stderr: "" });
    expect(sent()).toBe(before);
  });

  it("prints one object with --json, also of a failure", async () => {
    const { stdout } = await run("call", "net", "Put", "other", "--json", "--", "-1");
    expect(JSON.parse(stdout)).toMatchObject({ channel: "main", chaincode: "assets", function: "Put" });
    expect(organization.ledger.state.get("other")).toBe("-1");
    const failed = await run("call", "net", "ReadAsset", "nothing", "--evaluate", "--json");
    expect([failed.code, Object.keys(JSON.parse(failed.stdout))]).toEqual([1, ["error"]]);
  });
});

describe("call and tx, before anything is sent, refuse", () => {
  const absent = "a".repeat(64);
  it.each<[string, string[], string | (() => string)]>([
    [
      "an unknown channel",
      ["call", "net", "Put", "--channel", "mian"],
      'org1 is on no channel "mian". Did you mean "main"?\n  -> There are: main\n',
    ],
    [
      "an unknown chaincode",
      ["call", "net", "Put", "--chaincode", "asset"],
      'channel "main" has no chaincode "asset". Did you mean "assets"?\n  -> There are: assets\n',
    ],
    [
      "several channels",
      ["call", "many", "Put"],
      "org1 is on several channels\n  -> Name one: --channel main, or other\n",
    ],
    [
      "several chaincodes",
      ["call", "many", "Put", "--channel", "main"],
      'channel "main" has several chaincodes\n  -> Name one: --chaincode assets, or bonds\n',
    ],
    [
      "an unknown client",
      ["call", "net", "Put", "--client", "ap-org1"],
      'network "net" has no client "ap-org1". Did you mean "app-org1"?\n  -> There are: app-org1, auditor-org1\n',
    ],
    [
      "a client without settings",
      ["tx", "net", absent, "--client", "auditor-org1"],
      () =>
        `${folder("net")}/clients/auditor-org1/blockchain_client.yaml is not there\n  -> ./baas connection net writes it, and says how the client enrols\n`,
    ],
    [
      "a network without clients",
      ["call", "bare", "Put"],
      'network "bare" has no organization whose clients reach a peer on a channel\n  -> Give one clients, such as clients: [app], and let the gateway pass its peers through: gateway.passthrough.peers\n',
    ],
    [
      "an ID that is none",
      ["tx", "net", "ABC"],
      '"ABC" is not a transaction\'s ID, which is 64 hexadecimal digits in lower case\n',
    ],
    [
      "a transaction that there is not",
      ["tx", "net", absent],
      `channel "main" has no transaction ${absent}. It may still be committed if it was sent a moment ago\n  -> Compare the ID, or name another channel: --channel\n`,
    ],
  ])("%s", async (_, [command, ...args], message) => {
    const before = sent();
    const stderr = typeof message === "string" ? message : message();
    expect(await run(command!, ...args)).toEqual({ code: 1, stdout: "", stderr });
    expect(sent()).toBe(before);
  });

  it("a client that has not enrolled", async () => {
    enrol("net", "auditor");
    rmSync(join(folder("net"), "clients/auditor-org1/msp/signcerts/file.pem"));
    const { code, stderr } = await run("call", "net", "Put", "--client", "auditor-org1");
    expect([code, stderr]).toEqual([
      1,
      `client "auditor-org1" has not enrolled: ${folder("net")}/clients/auditor-org1/msp has no certificate\n  -> ./baas connection net prints the commands that enrol it\n`,
    ]);
  });
});
