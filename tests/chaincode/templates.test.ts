/** The projects that `baas chaincode new` writes: their tests pass, and their ledger does what a peer's does. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Language, languageOf, languages, newProject } from "../../cli/chaincode/newProject";
import { run, tryRun } from "../../local-cluster/run";
import { UserError } from "../../model/userError";
import { javascriptOf } from "./javascriptOf";

const repository = join(__dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "baas-new-"));
const projectOf = (language: Language): string => join(folder, language);
const text = (file: string): string => readFileSync(join(repository, file), "utf8");

beforeAll(() => {
  for (const language of Object.keys(languages) as Language[]) {
    newProject(repository, "fast-boats", language, projectOf(language));
  }
  for (const language of ["typescript", "javascript"] as const)
    symlinkSync(join(repository, "node_modules"), join(projectOf(language), "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a new project", () => {
  it.each(Object.keys(languages) as Language[])("in %s is known by its files, and names itself", (language) => {
    expect(languageOf(projectOf(language))).toBe(language);
    expect(readFileSync(join(projectOf(language), "README.md"), "utf8")).toContain("# fast-boats");
    for (const file of ["Dockerfile", ".vscode/launch.json", ".gitignore"])
      expect(readFileSync(join(projectOf(language), file), "utf8")).not.toMatch(/__\w+__(?<!__dirname|__filename)/);
  });

  it.each(["typescript", "javascript"] as const)("in %s has tests that pass", async (language) => {
    const result = await tryRun("npm", ["test"], { cwd: projectOf(language) });
    expect(result, result.stdout + result.stderr).toMatchObject({ code: 0 });
    expect(result.stdout).toMatch(/pass 4\n.*fail 0/);
  });

  it("has a library that answers with objects, where its packages are installed", async () => {
    // With the class-transformer that fabric-contract-api 2.5.8 asks for, each such answer fails.
    const [first, second] = (["typescript", "javascript"] as const).map((language) =>
      JSON.parse(readFileSync(join(projectOf(language), "package.json"), "utf8")),
    );
    expect(first.overrides).toEqual(second.overrides);
    const project = join(folder, "installed");
    mkdirSync(project);
    copyFileSync(join(projectOf("javascript"), "package.json"), join(project, "package.json"));
    await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: project });
    const answer =
      'const Serializer = require("fabric-contract-api/lib/jsontransactionserializer.js");' +
      'process.stdout.write(new Serializer().toBuffer({ id: "a1" }, {}, ""));';
    expect(await run(process.execPath, ["-e", answer], { cwd: project })).toBe('{"id":"a1"}');
  });

  it("in Go is formatted; its tests run where Fabric's Go modules can be had", async (ctx) => {
    const files = ["main.go", "contract.go", "ledger_test.go", "contract_test.go"];
    const formatted = await tryRun("gofmt", ["-l", ...files], { cwd: projectOf("go") }).catch(() => undefined);
    if (formatted === undefined) ctx.skip("there is no gofmt");
    expect(formatted).toMatchObject({ code: 0, stdout: "" });
    const tidied = await tryRun("go", ["mod", "tidy"], { cwd: projectOf("go") });
    if (tidied.code !== 0) ctx.skip("the modules of github.com/hyperledger cannot be had here");
    expect(await tryRun("go", ["test", "./..."], { cwd: projectOf("go") })).toMatchObject({ code: 0 });
  });

  it("in Java has tests that pass", { timeout: 600_000 }, async (ctx) => {
    if (!process.env.BAAS_TEST_MAVEN)
      ctx.skip("BAAS_TEST_MAVEN is not set: Maven, and Fabric's libraries from Maven Central");
    const result = await tryRun("mvn", ["--batch-mode", "--quiet", "test"], { cwd: projectOf("java") });
    expect(result, result.stdout + result.stderr).toMatchObject({ code: 0 });
    expect(existsSync(join(projectOf("java"), "target/surefire-reports"))).toBe(true);
  });

  it("uses the libraries that the sample does", () => {
    const sample = JSON.parse(text("chaincode/asset-transfer/package.json"));
    const own = (language: Language) => JSON.parse(text(`cli/chaincode/templates/${language}/package.json.template`));
    expect(own("typescript")).toMatchObject({
      dependencies: sample.dependencies,
      devDependencies: sample.devDependencies,
    });
    expect(own("javascript")).toMatchObject({ dependencies: sample.dependencies });
  });

  it("has one ledger: that in JavaScript is made from that in TypeScript", async () => {
    const made = await javascriptOf(text("cli/chaincode/templates/typescript/test/ledger.ts.template"));
    expect(text("cli/chaincode/templates/javascript/test/ledger.js.template")).toBe(made);
  });

  it.each(["Boats", "-boats", "a--b", "", "a".repeat(41)])("is not called %j", (name) => {
    expect(() => newProject(repository, name, "go", join(folder, "other"))).toThrow(
      `"${name}" is no name for a chaincode's project: use small letters, digits and single dashes, with a letter first, 40 characters at most`,
    );
  });

  it("takes no folder that has files", () => {
    expect(() => newProject(repository, "fast-boats", "go", projectOf("go"))).toThrow(UserError);
  });
});

describe("the ledger in memory", () => {
  it("does what a peer's does", async () => {
    const script = pathToFileURL(join(projectOf("javascript"), "try.mjs"));
    const { writeFileSync } = await import("node:fs");
    writeFileSync(script, tried);
    const told = JSON.parse(await run(process.execPath, [script.pathname]));
    expect(told).toEqual({
      ownWrite: "",
      afterFailure: null,
      order: ["a", "b", "ä"],
      page: { keys: ["a"], bookmark: "b", count: 1 },
      composite: [["owner~id", ["ada", "boat"]]],
      history: [
        ["tx4", true],
        ["tx1", false],
      ],
      private: ["secret", ""],
      hashLength: 32,
      transient: "from the client",
      caller: ["Org2MSP", "yes"],
      events: [{ txId: "tx5", name: "Done", payload: "p" }],
      wrote: "a function that only reads has written: x",
      unknown: "the ledger of the tests has no getQueryResult: add it to ledger.ts, or test on a network",
    });
  });
});

const tried = `
import { Ledger } from "./test/ledger.js";
const told = {};
const text = (bytes) => Buffer.from(bytes).toString();
const caught = (promise) => promise.then(() => null, (error) => error.message);
const ledger = new Ledger();
told.ownWrite = await ledger.submit(async ({ stub }) => {
  for (const key of ["b", "ä", "a"]) await stub.putState(key, Buffer.from(key));
  return text(await stub.getState("a"));
});
await caught(ledger.submit(async ({ stub }) => {
  await stub.putState("lost", Buffer.from("x"));
  throw new Error("no");
}));
told.afterFailure = ledger.get("lost") ?? null;
told.order = await ledger.evaluate(async ({ stub }) => {
  const keys = [];
  for await (const { key } of stub.getStateByRange("", "")) keys.push(key);
  return keys;
});
told.page = await ledger.evaluate(async ({ stub }) => {
  const { iterator, metadata } = await stub.getStateByRangeWithPagination("", "", 1, "");
  const first = await iterator.next();
  return { keys: [first.value.key], bookmark: metadata.bookmark, count: metadata.fetchedRecordsCount };
});
await ledger.submit(async ({ stub }) => {
  await stub.putState(stub.createCompositeKey("owner~id", ["ada", "boat"]), Buffer.from("1"));
});
told.composite = await ledger.evaluate(async ({ stub }) => {
  const found = [];
  for await (const { key } of stub.getStateByPartialCompositeKey("owner~id", ["ada"])) {
    const { objectType, attributes } = stub.splitCompositeKey(key);
    found.push([objectType, attributes]);
  }
  return found;
});
await ledger.submit(async ({ stub }) => stub.putPrivateData("secrets", "k", Buffer.from("secret")));
await ledger.submit(async ({ stub }) => stub.deleteState("a"));
told.history = await ledger.evaluate(async ({ stub }) => {
  const found = [];
  for await (const { txId, isDelete } of stub.getHistoryForKey("a")) found.push([txId, isDelete]);
  return found;
});
told.private = [ledger.getPrivate("secrets", "k"), await ledger.evaluate(async ({ stub }) => text(await stub.getState("k")))];
told.hashLength = await ledger.evaluate(async ({ stub }) => (await stub.getPrivateDataHash("secrets", "k")).length);
told.transient = await ledger.evaluate(async ({ stub }) => text(stub.getTransient().get("t")), {
  transient: { t: "from the client" },
});
told.caller = await ledger.evaluate(
  async ({ clientIdentity }) => [clientIdentity.getMSPID(), clientIdentity.getAttributeValue("may")],
  { caller: { mspId: "Org2MSP", attributes: { may: "yes" } } },
);
await ledger.submit(async ({ stub }) => stub.setEvent("Done", Buffer.from("p")));
told.events = ledger.events;
told.wrote = await caught(ledger.evaluate(async ({ stub }) => stub.putState("x", Buffer.from("x"))));
told.unknown = await caught(ledger.evaluate(async ({ stub }) => stub.getQueryResult("{}")));
console.log(JSON.stringify(told));
`;
