import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { nodeFiles } from "../../../model/contracts/enrolment";
import { parseCertificate, publicKeyHash } from "../../common/certificates";
import { parsePrivateKey } from "../../common/keys";
import { FabricCaDouble } from "../../common/testing/fabricCaDouble";
import { enrolNode } from "./enrolNode";
import { keyReport } from "./newKeys";
import { type EnrollingPod, enrollingPod } from "./testing/enrollingPod";

const [first, second] = ["2030-01-01T00:00:00.000Z", "2030-02-01T00:00:00.000Z"];
const pairs = [
  [nodeFiles.tlsKey, nodeFiles.tlsCertificate],
  [nodeFiles.signingKey, nodeFiles.signingCertificate],
] as const;
let server: FabricCaDouble;
let directory: string;
let output: string;
let environment: Record<string, string>;
let secret: EnrollingPod["secret"];
let lines: string[];

const run = () => enrolNode(environment, { tlsOnly: false }, (line) => lines.push(line));
const read = (file: string) => readFileSync(join(output, file), "utf8");
const keys = () => pairs.map(([key]) => read(key));
const report = () => keyReport(output);
/** Fails unless each certificate in use belongs to its key. */
const fits = () =>
  pairs.every(([key, certificate]) =>
    parseCertificate(read(certificate))!.checkPrivateKey(parsePrivateKey(read(key))!),
  );

beforeAll(async () => {
  server = await FabricCaDouble.start();
});

afterAll(() => server.stop());

beforeEach(async () => {
  ({ directory, output, environment, secret } = enrollingPod(server, "orderer0", "orderer0-orderer", "orderer"));
  lines = [];
  server.onCall = () => {};
  await run();
});

describe("a node that is asked for new keys", () => {
  it("uses them at once if nobody knows it by its key, and once for each request", async () => {
    const before = keys();
    secret("newKeysRequested", first);
    secret("newKeysUse", "any");
    await run();
    const after = keys();
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(fits()).toBe(true);
    expect(report()).toEqual({ answered: first, tls: publicKeyHash(parsePrivateKey(after[0]!)!) });
    await run();
    expect(keys()).toEqual(after);
    secret("newKeysRequested", second);
    await run();
    expect(keys()[0]).not.toBe(after[0]);
    expect(report().answered).toBe(second);
  });

  it("keeps neither the old ones nor copies of the new ones", async () => {
    const before = keys();
    secret("newKeysRequested", first);
    secret("newKeysUse", "any");
    await run();
    const files = readdirSync(output, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    expect(texts.filter((text) => before.includes(text))).toEqual([]);
    expect(texts.filter((text) => text.includes("PRIVATE"))).toHaveLength(2);
    for (const [key] of pairs) expect(statSync(join(output, key)).mode & 0o777).toBe(0o600);
    expect(lines.join("\n")).not.toContain("PRIVATE");
  });

  it("prepares them beside the old ones, and uses them when it is told to use these", async () => {
    const before = keys();
    secret("newKeysRequested", first);
    await run();
    expect(keys()).toEqual(before);
    const { next, ...rest } = report();
    expect(rest).toEqual({ tls: publicKeyHash(parsePrivateKey(before[0]!)!) });
    expect(next).not.toBe(rest.tls);
    secret("newKeysUse", "another key");
    server.enrolments.length = 0;
    await run();
    expect(server.enrolments).toEqual([]);
    expect(report()).toEqual({ tls: rest.tls, next });
    secret("newKeysUse", next!);
    await run();
    expect(report()).toEqual({ answered: first, tls: next });
    expect(fits()).toBe(true);
  });

  it("keeps what it has prepared when somebody asks again meanwhile, and answers that afterwards", async () => {
    secret("newKeysRequested", first);
    await run();
    const { next } = report();
    secret("newKeysRequested", second);
    await run();
    expect(report().next).toBe(next);
    secret("newKeysUse", next!);
    await run();
    expect(report()).toEqual({ answered: first, tls: next });
    await run();
    expect(report()).toMatchObject({ answered: first, tls: next, next: expect.not.stringMatching(next!) });
  });

  it("keeps its keys and starts while its CA does not answer", async () => {
    const before = keys();
    secret("newKeysRequested", first);
    secret("newKeysUse", "any");
    server.mood = "503 with an empty body";
    await run();
    expect(keys()).toEqual(before);
    expect(lines.join("\n")).toContain("keys of orderer0: could not prepare new ones");
    server.mood = "well";
    await run();
    expect(report().answered).toBe(first);
  });

  it("begins to use what its channels know, although its CA does not answer", async () => {
    secret("newKeysRequested", first);
    await run();
    const { next } = report();
    secret("newKeysUse", next!);
    server.mood = "503 with an empty body";
    await run();
    expect(report()).toEqual({ answered: first, tls: next });
  });

  it("has new ones already if its volume is new", async () => {
    rmSync(output, { recursive: true });
    secret("newKeysRequested", first);
    await run();
    expect(report()).toEqual({ answered: first, tls: publicKeyHash(parsePrivateKey(keys()[0]!)!) });
  });
});

describe("a crash", () => {
  /** Runs until the CA is asked for the certificate of this number, and crashes before or after that. */
  const crash = async (n: number, moment: "before" | "after") => {
    let enrolments = 0;
    server.onCall = (call, at) => {
      if (!call.endsWith("POST /enroll") || at !== moment || ++enrolments !== n) return;
      server.mood = "half an answer";
      return "drop";
    };
    await run();
    server.onCall = () => {};
    server.mood = "well";
  };

  it.each([
    [1, "before"],
    [1, "after"],
    [2, "before"],
    [2, "after"],
  ] as const)("at the %i. enrolment, %s it, loses no key that the CA has signed", async (n, moment) => {
    secret("newKeysRequested", first);
    secret("newKeysUse", "any");
    await crash(n, moment);
    const issued = server.issued.tlsca
      .concat(server.issued.ca)
      .map((pem) => publicKeyHash(parseCertificate(pem)!.publicKey));
    const held = readdirSync(output, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name.endsWith(".key") || entry.name === "key.pem")
      .map((entry) => publicKeyHash(parsePrivateKey(readFileSync(join(entry.parentPath, entry.name), "utf8"))!));
    const lately = issued.slice(-1);
    if (moment === "after") expect(held).toEqual(expect.arrayContaining(lately));
    await run();
    expect(report().answered).toBe(first);
    expect(fits()).toBe(true);
  });

  it.each(["tls/server.key", "tls/server.crt", "msp/keystore/key.pem", "msp/signcerts/cert.pem", "new-keys-answered"])(
    "before %s was written ends with the new keys all the same",
    async (file) => {
      secret("newKeysRequested", first);
      await run();
      const { next } = report();
      secret("newKeysUse", next!);
      // The file cannot be written, as if the process had ended there.
      const blocked = join(output, `${file}.new`);
      mkdirSync(join(blocked, "full"), { recursive: true });
      await expect(run()).rejects.toThrow(Error);
      rmSync(blocked, { recursive: true });
      expect(existsSync(join(output, "new-keys", "tls.key"))).toBe(true);
      await run();
      expect(report()).toEqual({ answered: first, tls: next });
      expect(fits()).toBe(true);
    },
  );

  it.each(["", second])(
    "before the used copies were put away leaves nothing that looks prepared (next: '%s')",
    async (next) => {
      secret("newKeysRequested", first);
      await run();
      const prepared = report().next!;
      secret("newKeysUse", prepared);
      cpSync(join(output, "new-keys"), join(directory, "copies"), { recursive: true });
      await run();
      renameSync(join(directory, "copies"), join(output, "new-keys"));
      if (next !== "") secret("newKeysRequested", next);
      await run();
      if (next === "") expect(report()).toEqual({ answered: first, tls: prepared });
      else expect(report()).toEqual({ answered: first, tls: prepared, next: expect.not.stringMatching(prepared) });
      expect(fits()).toBe(true);
    },
  );

  it("while used copies are deleted leaves nothing that looks prepared", async () => {
    secret("newKeysRequested", first);
    secret("newKeysUse", "any");
    await run();
    mkdirSync(join(output, "new-keys.used"));
    writeFileSync(join(output, "new-keys.used", "tls.key"), read(nodeFiles.tlsKey));
    const { tls } = report();
    secret("newKeysRequested", second);
    await run();
    expect(report().tls).not.toBe(tls);
    expect(existsSync(join(output, "new-keys.used"))).toBe(false);
  });
});
