import { readFileSync } from "node:fs";
import { join } from "node:path";

import { common } from "@hyperledger/fabric-protos";
import { describe, expect, it } from "vitest";

import { isFabricError } from "../errors";
import { volatile, withSortedMaps } from "../testing/canonicalBlock";
import { blockDataHash, parseConfigBlock } from "../wire/block";
import { consentersOf, describeChannel } from "./describe";
import type { ChannelDescription } from "./description";
import { genesisBlock } from "./genesisBlock";
import { applicationOrganizationPolicies, applicationPolicies, ordererOrganizationPolicies } from "./usualPolicies";

const golden = readFileSync(join(__dirname, "..", "testdata", "raft-appchannel.block"));

describe("genesisBlock", () => {
  const description = describeChannel(parseConfigBlock(golden).config);

  it("makes, byte for byte, the block that configtxgen made, but for the order of maps", () => {
    const built = genesisBlock("appchannel", description, volatile(golden));
    expect(built.toString("hex")).toBe(withSortedMaps(golden).toString("hex"));
  });

  it("hashes its data as configtxgen does", () => {
    const block = common.Block.deserializeBinary(golden);
    expect(Buffer.from(blockDataHash(block.getData()!))).toEqual(Buffer.from(block.getHeader()!.getDataHash_asU8()));
  });

  it("has the policies and options of the real block as defaults", () => {
    const { orderer, application } = description;
    const plain = (msp: ChannelDescription["application"]["organizations"][0]["msp"]) => ({
      mspId: msp.mspId,
      rootCertificates: msp.rootCertificates,
      tlsRootCertificates: msp.tlsRootCertificates,
    });
    const shortest: ChannelDescription = {
      orderer: {
        consensus: { type: "etcdraft", consenters: consentersOf(orderer) },
        batch: orderer.batch,
        organizations: orderer.organizations.map(({ name, msp, endpoints }) => ({ name, msp: plain(msp), endpoints })),
      },
      application: { organizations: application.organizations.map(({ name, msp }) => ({ name, msp: plain(msp) })) },
    };
    const built = genesisBlock("appchannel", shortest, volatile(golden));
    expect(built.equals(withSortedMaps(golden))).toBe(true);
  });

  it("describes what it built", () => {
    const changed: ChannelDescription = {
      ...description,
      application: {
        ...description.application,
        acls: { "peer/Propose": "/Channel/Application/Writers", "event/Block": "/Channel/Application/Readers" },
        organizations: description.application.organizations.map((organization, i) => ({
          ...organization,
          anchorPeers: [{ host: `peer${i}`, port: 7051 }],
        })),
      },
    };
    expect(describeChannel(parseConfigBlock(genesisBlock("other", changed)).config)).toEqual(changed);
  });

  it("makes another block each time", () => {
    expect(genesisBlock("appchannel", description).equals(genesisBlock("appchannel", description))).toBe(false);
  });

  const refusal = (change: (wanted: ChannelDescription) => void, channel = "appchannel"): string => {
    const wanted = structuredClone(description);
    change(wanted);
    try {
      genesisBlock(channel, wanted);
    } catch (error) {
      expect(isFabricError(error, "INVALID_ARGUMENT")).toBe(true);
      return (error as Error).message;
    }
    return "not refused";
  };

  it.each<[string, (wanted: ChannelDescription) => void, string?]>([
    [
      'naming a channel: "App" does not do: a channel ID is lower-case letters, digits, "." and "-", a letter first, at most 249 characters',
      () => {},
      "App",
    ],
    [
      "describing the Raft ordering service: it has no consenter",
      (c) => (c.orderer.consensus = { type: "etcdraft", consenters: [] }),
    ],
    ["describing the organizations of the applications: there is none", (c) => (c.application.organizations = [])],
    [
      'describing the organizations of the applications: there are two called "Org1"',
      (c) => c.application.organizations.push(c.application.organizations[0]!),
    ],
    [
      "describing MSP Org1MSP: it has no root certificate",
      (c) => (c.application.organizations[0]!.msp.rootCertificates = []),
    ],
    [
      "describing the policies of the ordering service: BlockValidation must be among them",
      (c) => delete c.orderer.policies!.BlockValidation,
    ],
    [
      `reading the policy "MOST Admins": the policy does not parse at "MOST Admins" (character 1): expected AND(, OR(, OutOf( or a principal such as 'Org1MSP.peer'. Write MAJORITY Admins, or OR('Org1MSP.admin').`,
      (c) => (c.policies!.Admins = "MOST Admins"),
    ],
    [
      'reading a duration: "2 s" is not a Go duration. Write 500ms, 2s or 1m30s.',
      (c) => (c.orderer.batch.timeout = "2 s"),
    ],
    [
      "describing when a block is cut: preferredMaxBytes is at least 1 and at most absoluteMaxBytes",
      (c) => (c.orderer.batch.preferredMaxBytes = c.orderer.batch.absoluteMaxBytes + 1),
    ],
    [
      'describing the Raft ordering service: "127.0.0.1:0" is not a host and a port from 1 to 65535',
      (c) => (consentersOf(c.orderer)[0]!.port = 0),
    ],
  ])("refuses: %s", (message, change, channel) => {
    expect(refusal(change, channel)).toBe(message);
  });

  it("names the certificate that is none", () => {
    expect(refusal((c) => (c.orderer.organizations[0]!.msp.tlsRootCertificates = ["x"]))).toMatch(
      /^describing MSP OrdererMSP: a TLS root certificate is not a PEM certificate \(/,
    );
  });
});

describe("the usual policies", () => {
  it("are those that the real block has", () => {
    const { application, orderer } = describeChannel(parseConfigBlock(golden).config);
    expect(Object.keys(application.policies!).sort()).toEqual(Object.keys(applicationPolicies).sort());
    expect(Object.keys(application.organizations[0]!.policies!).sort()).toEqual(
      Object.keys(applicationOrganizationPolicies("Org1MSP")).sort(),
    );
    expect(Object.keys(orderer.organizations[0]!.policies!).sort()).toEqual(
      Object.keys(ordererOrganizationPolicies("OrdererMSP")).sort(),
    );
  });
});
