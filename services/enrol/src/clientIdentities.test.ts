import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { nodeFiles } from "../../../model/contracts/enrolment";
import { commonName, parseCertificate, subjectValues } from "../../common/certificates";
import { parsePrivateKey } from "../../common/keys";
import { FabricCaDouble } from "../../common/testing/fabricCaDouble";
import { hostsIn } from "./certificates";
import { enrolClients } from "./clientIdentities";
import { type EnrollingPod, enrollingPod } from "./testing/enrollingPod";

let server: FabricCaDouble;
let pod: EnrollingPod;
let environment: Record<string, string>;
let lines: string[];

const run = (now?: Date) => enrolClients(environment, (line) => lines.push(line), now);
const read = (client: string, file: string) => readFileSync(join(pod.output, "clients", client, file), "utf8");
const certificate = (client: string) => parseCertificate(read(client, nodeFiles.signingCertificate))!;

beforeAll(async () => {
  server = await FabricCaDouble.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  pod = enrollingPod(server, "api", "api.net.svc", "client");
  const secrets = join(pod.directory, "clients");
  for (const client of ["settler", "auditor"]) {
    mkdirSync(join(secrets, client), { recursive: true });
    writeFileSync(join(secrets, client, "enrolmentId"), client);
    writeFileSync(join(secrets, client, "enrolmentSecret"), `secret of ${client}`);
    server.register(client, `secret of ${client}`, "client");
  }
  environment = { ...pod.environment, ENROL_CLIENTS: "settler,auditor", ENROL_CLIENTS_SECRET_DIR: secrets };
  lines = [];
  server.enrolments.length = 0;
});

it("gives each client a key of its own and a signing certificate, and nothing else", async () => {
  await run();
  expect(server.enrolments).toEqual([{ caName: "ca" }, { caName: "ca" }]);
  expect(readdirSync(join(pod.output, "clients")).sort()).toEqual(["auditor", "settler"]);
  for (const client of ["settler", "auditor"]) {
    const folder = join(pod.output, "clients", client);
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const files = entries.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
    expect(files).toEqual([nodeFiles.signingKey, nodeFiles.signingCertificate].sort());
    expect(statSync(join(folder, nodeFiles.signingKey)).mode & 0o777).toBe(0o600);
    const issued = certificate(client);
    expect([commonName(issued), subjectValues(issued, "OU"), hostsIn(issued)]).toEqual([client, ["client"], []]);
    expect(issued.checkPrivateKey(parsePrivateKey(read(client, nodeFiles.signingKey))!)).toBe(true);
  }
  expect(read("settler", nodeFiles.signingKey)).not.toBe(read("auditor", nodeFiles.signingKey));
  expect(lines.join("\n")).not.toContain("secret of");
});

it("asks for nothing while certificates are good, and renews them in place with the same key", async () => {
  const renewAt = await run();
  const [before, key] = [certificate("settler"), read("settler", nodeFiles.signingKey)];
  server.enrolments.length = 0;
  await run();
  expect(server.enrolments).toEqual([]);
  await run(new Date(renewAt + 60_000));
  expect(server.enrolments).toEqual([{ caName: "ca" }, { caName: "ca" }]);
  expect(certificate("settler").serialNumber).not.toBe(before.serialNumber);
  expect(read("settler", nodeFiles.signingKey)).toBe(key);
});

it("enrols the others when the CA does not accept one of them, and says which", async () => {
  server.forget("settler");
  await expect(run()).rejects.toThrow(/^CA ca at \S+ does not accept settler: it is not registered yet, or/);
  expect(lines.some((line) => line.startsWith("client settler: CA ca at "))).toBe(true);
  expect(commonName(certificate("auditor"))).toBe("auditor");
});

it("needs the Secret of each", async () => {
  environment.ENROL_CLIENTS = "settler,nobody";
  await expect(run()).rejects.toThrow(
    `Cannot read ${environment.ENROL_CLIENTS_SECRET_DIR}/nobody/enrolmentId (ENOENT)`,
  );
});

it("does nothing for a pod without further clients", async () => {
  delete environment.ENROL_CLIENTS;
  expect(await run()).toBe(Infinity);
  expect(server.enrolments).toEqual([]);
});
