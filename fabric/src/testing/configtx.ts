/** For tests: a channel on a real network, described for this library and for Fabric's own `configtxgen`. */
import type { ChannelDescription } from "../config/description";
import { mspId, type RealNetwork } from "./realNetwork";

/** A channel of all orderers and the organizations `org1` and `org2`. */
export function describeNetwork(network: RealNetwork): ChannelDescription {
  return {
    orderer: {
      consensus: {
        type: "etcdraft",
        consenters: network.orderers.map((node) => ({
          host: "127.0.0.1",
          port: node.port,
          clientTlsCertificate: network.serverCertificate(node),
          serverTlsCertificate: network.serverCertificate(node),
        })),
      },
      batch: {
        timeout: "200ms",
        maxMessages: 500,
        absoluteMaxBytes: 10 * 1024 ** 2,
        preferredMaxBytes: 2 * 1024 ** 2,
      },
      organizations: [
        {
          name: "orderer",
          msp: network.msp("orderer"),
          endpoints: network.orderers.map(({ port }) => `127.0.0.1:${port}`),
        },
      ],
    },
    application: {
      organizations: ["org1", "org2"].map((name) => ({ name, msp: network.msp(name) })),
    },
  };
}

/** The configtx.yaml that says the same as the description. */
export function configtx(network: RealNetwork, description: ChannelDescription) {
  const meta = (rule: string) => ({ Type: "ImplicitMeta", Rule: rule });
  const signature = (rule: string) => ({ Type: "Signature", Rule: rule });
  const common = { Readers: meta("ANY Readers"), Writers: meta("ANY Writers"), Admins: meta("MAJORITY Admins") };
  const organization = (name: string) => {
    const id = mspId(name);
    const member = name !== "orderer";
    return {
      Name: name,
      ID: id,
      MSPDir: network.crypto(name, "msp"),
      Policies: {
        Readers: signature(member ? `OR('${id}.admin', '${id}.peer', '${id}.client')` : `OR('${id}.member')`),
        Writers: signature(member ? `OR('${id}.admin', '${id}.client')` : `OR('${id}.member')`),
        Admins: signature(`OR('${id}.admin')`),
        ...(member ? { Endorsement: signature(`OR('${id}.peer')`) } : {}),
      },
      ...(member ? {} : { OrdererEndpoints: description.orderer.organizations[0]!.endpoints }),
    };
  };
  return {
    Profiles: {
      Trades: {
        Policies: common,
        Capabilities: { V2_0: true },
        Orderer: {
          OrdererType: "etcdraft",
          EtcdRaft: {
            Consenters: network.orderers.map((node) => ({
              Host: "127.0.0.1",
              Port: node.port,
              ClientTLSCert: network.crypto("orderer", "orderers", `${node.name}.orderer`, "tls", "server.crt"),
              ServerTLSCert: network.crypto("orderer", "orderers", `${node.name}.orderer`, "tls", "server.crt"),
            })),
          },
          BatchTimeout: "200ms",
          BatchSize: { MaxMessageCount: 500, AbsoluteMaxBytes: "10 MB", PreferredMaxBytes: "2 MB" },
          Organizations: [organization("orderer")],
          Policies: { ...common, BlockValidation: meta("ANY Writers") },
          Capabilities: { V2_0: true },
        },
        Application: {
          Organizations: ["org1", "org2"].map(organization),
          Policies: {
            ...common,
            LifecycleEndorsement: meta("MAJORITY Endorsement"),
            Endorsement: meta("MAJORITY Endorsement"),
          },
          Capabilities: { V2_5: true },
        },
      },
    },
  };
}
