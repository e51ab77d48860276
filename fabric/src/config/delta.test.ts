import { readFileSync } from "node:fs";
import { join } from "node:path";

import { common } from "@hyperledger/fabric-protos";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { applyUpdate } from "../testing/applyUpdate";
import { parseConfigBlock } from "../wire/block";
import { computeUpdate } from "./delta";
import { consentersOf, describeChannel } from "./describe";
import {
  addOrganization,
  type ConfigEdit,
  removeOrganization,
  setAcls,
  setAnchorPeers,
  setBatch,
  setCapabilities,
  setConsenters,
  setMsp,
  setOrdererEndpoints,
  setPolicies,
} from "./edits";
import { toPolicy } from "./policies";
import { editedConfig } from "./update";
import { etcdraftDefaults } from "./values";

/** A configuration tree in plain data. */
interface Tree {
  version: number;
  modPolicy: string;
  values: Record<string, { version: number; modPolicy: string; content: string }>;
  policies: Record<string, { version: number; modPolicy: string; content: string }>;
  groups: Record<string, Tree>;
}

const key = fc.constantFrom("a", "b", "c");
const version = fc.integer({ min: 0, max: 3 });
const modPolicy = fc.constantFrom("Admins", "/Channel/Orderer/Admins");
const value = fc.record({ version, modPolicy, content: fc.constantFrom("x", "y") });
const policy = fc.record({ version, modPolicy, content: fc.constantFrom("ANY Readers", "MAJORITY Admins") });
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    version,
    modPolicy,
    values: fc.dictionary(key, value, { maxKeys: 3 }),
    policies: fc.dictionary(key, policy, { maxKeys: 2 }),
    groups: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constant({}),
      fc.dictionary(key, tie("tree"), { maxKeys: 3 }),
    ),
  }),
}));

function build(plain: Tree): common.ConfigGroup {
  const group = new common.ConfigGroup();
  group.setVersion(plain.version);
  group.setModPolicy(plain.modPolicy);
  for (const [name, { version, modPolicy, content }] of Object.entries(plain.values)) {
    const made = new common.ConfigValue();
    made.setVersion(version);
    made.setModPolicy(modPolicy);
    made.setValue(Buffer.from(content));
    group.getValuesMap().set(name, made);
  }
  for (const [name, { version, modPolicy, content }] of Object.entries(plain.policies)) {
    const made = new common.ConfigPolicy();
    made.setVersion(version);
    made.setModPolicy(modPolicy);
    made.setPolicy(toPolicy(content));
    group.getPoliciesMap().set(name, made);
  }
  for (const [name, subtree] of Object.entries(plain.groups)) group.getGroupsMap().set(name, build(subtree));
  return group;
}

function config(group: common.ConfigGroup): common.Config {
  const made = new common.Config();
  made.setChannelGroup(group);
  return made;
}

/** The tree with all versions zero. */
function withoutVersions(group: common.ConfigGroup): string {
  const copy = common.ConfigGroup.deserializeBinary(group.serializeBinary());
  const clear = (visited: common.ConfigGroup): void => {
    visited.setVersion(0);
    visited.getValuesMap().forEach((element) => element.setVersion(0));
    visited.getPoliciesMap().forEach((element) => element.setVersion(0));
    visited.getGroupsMap().forEach(clear);
  };
  clear(copy);
  return Buffer.from(copy.serializeBinary()).toString("hex");
}

describe("computeUpdate", () => {
  it("leads from any configuration to any other, by the rules of an orderer", () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        const [current, wanted] = [build(before), build(after)];
        const update = computeUpdate("channel", config(current), config(wanted));
        if (update === undefined) expect(withoutVersions(current)).toBe(withoutVersions(wanted));
        else expect(withoutVersions(applyUpdate(current, update))).toBe(withoutVersions(wanted));
      }),
      { numRuns: 300 },
    );
  });

  it("is nothing for equal configurations, whatever their versions", () => {
    fc.assert(
      fc.property(tree, (plain) => {
        const current = build(plain);
        const wanted = common.ConfigGroup.deserializeBinary(current.serializeBinary());
        wanted.setVersion(99);
        expect(computeUpdate("channel", config(current), config(wanted))).toBeUndefined();
      }),
    );
  });

  it("names its channel and keeps its arguments as they were", () => {
    const [current, wanted] = [1, 2].map((n) =>
      config(
        build({
          version: 0,
          modPolicy: "Admins",
          values: {},
          policies: {},
          groups: { [n]: { version: 5, modPolicy: "Admins", values: {}, policies: {}, groups: {} } },
        }),
      ),
    );
    const bytes = [current, wanted].map((each) => Buffer.from(each!.serializeBinary()));
    expect(computeUpdate("trades", current!, wanted!)?.getChannelId()).toBe("trades");
    expect([current, wanted].map((each) => Buffer.from(each!.serializeBinary()))).toEqual(bytes);
  });
});

describe("an edit", () => {
  const golden = readFileSync(join(__dirname, "..", "testdata", "raft-appchannel.block"));
  const { config: current } = parseConfigBlock(golden);
  const described = describeChannel(current);
  const [org1, org2] = described.application.organizations;
  const [consenter] = consentersOf(described.orderer);

  const apply = (...edits: ConfigEdit[]): common.Config | undefined => {
    const update = computeUpdate("appchannel", current, editedConfig(current, ...edits));
    return update && config(applyUpdate(current.getChannelGroup()!, update));
  };
  const changed = (...edits: ConfigEdit[]) => {
    const result = apply(...edits);
    expect(result, "an update").toBeDefined();
    return describeChannel(result!);
  };

  it.each<[string, ConfigEdit]>([
    ["adds a member that is there", addOrganization(org1!)],
    ["removes one that is not", removeOrganization("Org3")],
    ["sets no anchor peers where there are none", setAnchorPeers("Org1", [])],
    ["sets the batch that is", setBatch({ ...described.orderer.batch })],
    ["spells a duration in another way", setBatch({ timeout: "0.5s" })],
    ["sets the consenters that are", setConsenters(consentersOf(described.orderer))],
    ["sets the MSP that is", setMsp("Application", "Org1", org1!.msp)],
    ["sets the policies that are", setPolicies(["Application"], described.application.policies!)],
    ["sets the endpoints that are", setOrdererEndpoints("OrdererOrg", described.orderer.organizations[0]!.endpoints)],
    ["sets no ACLs where there are none", setAcls({})],
    ["sets the capabilities that are", setCapabilities("channel", described.capabilities!)],
  ])("that %s makes no update", (_, edit) => {
    expect(apply(edit)).toBeUndefined();
  });

  it("of ACLs makes no update when only their order on the wire differs", () => {
    const before = editedConfig(current, setAcls({ a: "/x", b: "/y" }));
    const value = before.getChannelGroup()!.getGroupsMap().get("Application")!.getValuesMap().get("ACLs")!;
    const bytes = Buffer.from(value.getValue_asU8());
    expect(bytes.length % 2).toBe(0);
    value.setValue(Buffer.concat([bytes.subarray(bytes.length / 2), bytes.subarray(0, bytes.length / 2)]));
    expect(computeUpdate("appchannel", before, editedConfig(before, setAcls({ b: "/y", a: "/x" })))).toBeUndefined();
    expect(computeUpdate("appchannel", before, editedConfig(before, setAcls({ a: "/x" })))).toBeDefined();
  });

  it("is the update that Fabric's configtxlator computed for it", () => {
    const wanted = editedConfig(
      current,
      addOrganization({ ...org2!, name: "Org3" }),
      removeOrganization("Org2"),
      setAnchorPeers("Org1", [{ host: "peer0.org1", port: 7051 }]),
      setBatch({ timeout: "1s" }),
      setAcls({ "peer/Propose": "/Channel/Application/Writers" }),
      setPolicies(["Orderer"], { BlockValidation: "MAJORITY Writers" }),
    );
    const real = readFileSync(join(__dirname, "..", "testdata", "configtxlator.update"));
    const computed = computeUpdate("appchannel", current, wanted)!;
    // Read and written again, as Go writes maps in any order.
    const expected = common.ConfigUpdate.deserializeBinary(real).serializeBinary();
    expect(Buffer.from(computed.serializeBinary()).toString("hex")).toBe(Buffer.from(expected).toString("hex"));
  });

  it("of capabilities is the update that Fabric's configtxlator computed for it, which touches one group", () => {
    const real = readFileSync(join(__dirname, "..", "testdata", "configtxlator-capabilities.update"));
    const wanted = editedConfig(current, setCapabilities("channel", ["V3_0"]));
    const expected = common.ConfigUpdate.deserializeBinary(real).serializeBinary();
    const computed = computeUpdate("appchannel", current, wanted)!;
    expect(Buffer.from(computed.serializeBinary()).toString("hex")).toBe(Buffer.from(expected).toString("hex"));
  });

  it("of capabilities sets those of one group, and takes none that Fabric does not know", () => {
    const raised = changed(setCapabilities("channel", ["V3_0"]));
    expect(raised.capabilities).toEqual(["V3_0"]);
    expect([raised.orderer.capabilities, raised.application.capabilities]).toEqual([
      described.orderer.capabilities,
      described.application.capabilities,
    ]);
    expect(changed(setCapabilities("application", ["V2_0"])).application.capabilities).toEqual(["V2_0"]);
    expect(changed(setCapabilities("orderer", ["V1_4_2"])).orderer.capabilities).toEqual(["V1_4_2"]);
    // Fabric 3 has no new capability of orderers.
    expect(() => setCapabilities("orderer", ["V3_0"])).toThrow(
      'setting capabilities: no version of Fabric has the orderer capability "V3_0"',
    );
  });

  it("adds a member, and removes it", () => {
    const added = { ...org2!, name: "Org3", anchorPeers: [{ host: "peer0", port: 7051 }] };
    const names = (...edits: ConfigEdit[]) => changed(...edits).application.organizations.map(({ name }) => name);
    expect(changed(addOrganization(added)).application.organizations).toEqual([org1, org2, added]);
    expect(names(addOrganization(added), removeOrganization("Org1"))).toEqual(["Org2", "Org3"]);
  });

  it("of anchor peers touches that member alone", () => {
    const anchors = [{ host: "peer0.org1", port: 7051 }];
    const result = apply(setAnchorPeers("Org1", anchors))!.getChannelGroup()!;
    const application = result.getGroupsMap().get("Application")!;
    expect(describeChannel(config(result)).application.organizations[0]!.anchorPeers).toEqual(anchors);
    expect(application.getVersion()).toBe(0);
    expect(application.getGroupsMap().get("Org1")!.getVersion()).toBe(1);
    expect(application.getGroupsMap().get("Org2")!.getVersion()).toBe(0);
  });

  it("of the ordering service sets what is named and keeps the rest", () => {
    const more = [...consentersOf(described.orderer), { ...consenter!, port: 23051 }];
    const { orderer } = changed(
      setBatch({ timeout: "2m", maxMessages: 7 }),
      setConsenters(more, { snapshotIntervalSize: 1024 }),
      setOrdererEndpoints("OrdererOrg", ["orderer0:7050", "orderer1:7050"]),
    );
    expect(orderer.batch).toEqual({ ...described.orderer.batch, timeout: "2m0s", maxMessages: 7 });
    expect(orderer.consensus).toEqual({
      type: "etcdraft",
      consenters: more,
      options: { ...etcdraftDefaults, snapshotIntervalSize: 1024 },
    });
    expect(orderer.organizations[0]!.endpoints).toEqual(["orderer0:7050", "orderer1:7050"]);
  });

  it("of policies, ACLs and MSPs", () => {
    const acls = { "peer/Propose": "/Channel/Application/Writers" };
    const msp = { ...org2!.msp, mspId: "Org1MSP" };
    const result = changed(
      setPolicies(["Application"], { Endorsement: "ANY Endorsement", Extra: "OR('Org1MSP.admin')" }),
      setAcls(acls),
      setMsp("Application", "Org1", msp),
    );
    expect(result.application.policies).toMatchObject({
      Endorsement: "ANY Endorsement",
      Extra: "OutOf(1, 'Org1MSP.admin')",
    });
    expect(result.application.acls).toEqual(acls);
    expect(result.application.organizations[0]!.msp).toEqual(msp);
  });

  it("of an organization that is not there says so", () => {
    expect(() => apply(setAnchorPeers("Org9", []))).toThrow('describing a channel: it has no group "Org9"');
  });
});
