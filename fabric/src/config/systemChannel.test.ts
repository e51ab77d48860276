import { readFileSync } from "node:fs";
import { join } from "node:path";

import { common } from "@hyperledger/fabric-protos";
import { describe, expect, it } from "vitest";

import { isFabricError } from "../errors";
import { applyUpdate } from "../testing/applyUpdate";
import { volatile, withSortedMaps } from "../testing/canonicalBlock";
import { parseConfigBlock } from "../wire/block";
import { openEnvelope } from "../wire/envelope";
import { channelCreation } from "./creation";
import { computeUpdate } from "./delta";
import { consentersOf, describeChannel, describeSystemChannel } from "./describe";
import type { ChannelCreation, OrganizationDescription, SystemChannelDescription } from "./description";
import { addToConsortium, setConsenters } from "./edits";
import { systemChannelGenesisBlock } from "./genesisBlock";
import { editedConfig } from "./update";

const read = (name: string) => readFileSync(join(__dirname, "..", "testdata", name));
const golden = read("kafka-system-channel.block");
const name = "net-a-syschannel";

/** The message of the error that something throws. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(isFabricError(error, "INVALID_ARGUMENT")).toBe(true);
    return (error as Error).message;
  }
  return "not refused";
}

describe("a system channel", () => {
  const { config, channel } = parseConfigBlock(golden);
  const description = describeSystemChannel(config);
  const plain = ({ name, msp }: OrganizationDescription): OrganizationDescription => ({
    name,
    msp: {
      mspId: msp.mspId,
      rootCertificates: msp.rootCertificates,
      tlsRootCertificates: msp.tlsRootCertificates,
    },
  });

  it("has, byte for byte, the genesis block that configtxgen made, but for the order of maps", () => {
    expect(channel).toBe(name);
    const built = systemChannelGenesisBlock(name, description, volatile(golden));
    expect(built.toString("hex")).toBe(withSortedMaps(golden).toString("hex"));
  });

  it("has the policies and capabilities of the real block as defaults", () => {
    const { orderer, consortiums } = description;
    const shortest: SystemChannelDescription = {
      orderer: {
        consensus: { type: "kafka", brokers: ["127.0.0.1:29092"] },
        batch: orderer.batch,
        organizations: orderer.organizations.map((one) => ({ ...plain(one), endpoints: one.endpoints })),
      },
      consortiums: consortiums.map(({ name, organizations }) => ({ name, organizations: organizations.map(plain) })),
    };
    expect(systemChannelGenesisBlock(name, shortest, volatile(golden)).equals(withSortedMaps(golden))).toBe(true);
  });

  it("is described: its brokers, and its consortium with who may be in new channels, and who makes them", () => {
    expect(description.orderer.consensus).toEqual({ type: "kafka", brokers: ["127.0.0.1:29092"] });
    expect(consentersOf(description.orderer)).toEqual([]);
    expect(description).toMatchObject({
      orderer: { capabilities: ["V2_0"], organizations: [{ endpoints: ["127.0.0.1:20050", "127.0.0.1:20051"] }] },
      consortiums: [
        {
          name: "SampleConsortium",
          channelCreationPolicy: "ANY Admins",
          organizations: [{ msp: { mspId: "Org1MSP" } }, { msp: { mspId: "Org2MSP" } }],
        },
      ],
      capabilities: ["V2_0"],
    });
  });

  it("is no application channel, and an application channel is none", () => {
    expect(refusal(() => describeChannel(config))).toBe('describing a channel: it has no group "Application"');
    const application = parseConfigBlock(read("raft-appchannel.block")).config;
    expect(refusal(() => describeSystemChannel(application))).toBe(
      'describing a channel: it has no group "Consortiums"',
    );
  });

  const changed = (change: (wanted: SystemChannelDescription) => void): string => {
    const wanted = structuredClone(description);
    change(wanted);
    return refusal(() => systemChannelGenesisBlock(name, wanted));
  };

  it.each<[string, (wanted: SystemChannelDescription) => void]>([
    [
      "describing the Kafka ordering service: it has no broker",
      (c) => (c.orderer.consensus = { type: "kafka", brokers: [] }),
    ],
    [
      'describing the Kafka ordering service: "kafka" is not a host and a port from 1 to 65535',
      (c) => (c.orderer.consensus = { type: "kafka", brokers: ["kafka"] }),
    ],
    [
      'describing the Kafka ordering service: "kafka:0" is not a host and a port from 1 to 65535',
      (c) => (c.orderer.consensus = { type: "kafka", brokers: ["kafka:9093", "kafka:0"] }),
    ],
    ["describing the consortiums: there is none", (c) => (c.consortiums = [])],
    [
      'describing the consortiums: there are two called "SampleConsortium"',
      (c) => c.consortiums.push(c.consortiums[0]!),
    ],
    [
      "describing the organizations of the consortium SampleConsortium: there is none",
      (c) => (c.consortiums[0]!.organizations = []),
    ],
    [
      'describing the organizations of the consortium SampleConsortium: there are two called "Org1"',
      (c) => c.consortiums[0]!.organizations.push(c.consortiums[0]!.organizations[0]!),
    ],
  ])("is refused: %s", (message, change) => {
    expect(changed(change)).toBe(message);
  });

  it("is refused with the name of no channel", () => {
    expect(refusal(() => systemChannelGenesisBlock("net_system", description))).toContain('"net_system" does not do');
  });

  describe("whose consortium grows", () => {
    const third: OrganizationDescription = {
      ...plain(description.consortiums[0]!.organizations[0]!),
      name: "Org3",
    };
    const update = (...edits: Parameters<typeof editedConfig>[1][]) =>
      computeUpdate(name, config, editedConfig(config, ...edits));

    it("has an organization more, by a change of the consortium alone", () => {
      const delta = update(addToConsortium("SampleConsortium", third))!;
      const after = new common.Config();
      after.setChannelGroup(applyUpdate(config.getChannelGroup()!, delta));
      const [consortium] = describeSystemChannel(after).consortiums;
      expect(consortium!.organizations.map((one) => one.name)).toEqual(["Org1", "Org2", "Org3"]);
      const consortiums = delta.getWriteSet()!.getGroupsMap().get("Consortiums")!;
      expect(delta.getWriteSet()!.getVersion()).toBe(0);
      expect(consortiums.getVersion()).toBe(0);
      expect(consortiums.getGroupsMap().get("SampleConsortium")!.getVersion()).toBe(1);
      // Who signs: the policy of the consortium, which only the orderers' administrators satisfy.
      expect(consortiums.getGroupsMap().get("SampleConsortium")!.getModPolicy()).toBe("/Channel/Orderer/Admins");
    });

    it("is not changed for an organization that it has", () => {
      expect(update(addToConsortium("SampleConsortium", { ...third, name: "Org2" }))).toBeUndefined();
    });

    it("has no consortium of another name", () => {
      expect(refusal(() => update(addToConsortium("Other", third)))).toBe(
        'describing a channel: it has no group "Other"',
      );
    });
  });

  it("has no Raft consenters to set", () => {
    expect(refusal(() => editedConfig(config, setConsenters([])))).toBe(
      "setting the consenters: the channel is ordered by kafka, which has none",
    );
  });
});

describe("the creation of a channel", () => {
  const creation: ChannelCreation = { consortium: "SampleConsortium", organizations: ["Org1", "Org2"] };
  const { header, data } = openEnvelope(read("channel-creation.tx"));
  const real = common.ConfigUpdateEnvelope.deserializeBinary(data).getConfigUpdate_asU8();

  it("is, byte for byte, the update that configtxgen made, but for the order of maps", () => {
    expect(header.getType()).toBe(common.HeaderType.CONFIG_UPDATE);
    const sorted = common.ConfigUpdate.deserializeBinary(real).serializeBinary();
    expect(Buffer.from(channelCreation("appchannel", creation)).toString("hex")).toBe(
      Buffer.from(sorted).toString("hex"),
    );
  });

  it("says the rules of the applications, where they are not the usual ones", () => {
    const update = common.ConfigUpdate.deserializeBinary(
      channelCreation("trades", { ...creation, acls: { "peer/Propose": "/Channel/Application/Writers" } }),
    );
    const application = update.getWriteSet()!.getGroupsMap().get("Application")!;
    expect(application.getValuesMap().has("ACLs")).toBe(true);
    expect(update.getChannelId()).toBe("trades");
  });

  it.each<[string, ChannelCreation]>([
    ["describing a new channel: it has no member", { ...creation, organizations: [] }],
    ['describing a new channel: it has the member "Org1" twice', { ...creation, organizations: ["Org1", "Org1"] }],
    ["describing a new channel: it names no consortium", { ...creation, consortium: "" }],
    [
      "describing the policies of the applications: Admins must be among them",
      { ...creation, policies: { Readers: "ANY Readers", Writers: "ANY Writers" } },
    ],
  ])("is refused: %s", (message, wanted) => {
    expect(refusal(() => channelCreation("trades", wanted))).toBe(message);
  });

  it("is refused with the name of no channel", () => {
    expect(refusal(() => channelCreation("Trades", creation))).toContain('"Trades" does not do');
  });
});
