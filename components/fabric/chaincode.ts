/** A version of a chaincode on a channel: its package, its definition, and the servers and the smoke test that go with it. */
import * as pulumi from "@pulumi/pulumi";

import { packageChaincode, templatedConnection } from "../../fabric/src/chaincodePackage";
import { labels } from "../../model/contracts/labels";
import { chaincodeServerName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import type { ChaincodeSpec } from "../../model/customResources/chaincode";
import { type ChaincodePlan } from "../../model/network/networkPlan";
import { customResource } from "../kubernetes/customResource";
import type { NetworkContext } from "../kubernetes/networkContext";
import { ProjectImage } from "../kubernetes/projectImage";
import { chaincodeServer } from "./chaincodeServer";
import { SmokeTest } from "./smokeTest";

/** Arguments of {@link Chaincode}. */
export interface ChaincodeArgs extends NetworkContext {
  chaincode: ChaincodePlan;
  /** What the definition needs: its channel, all that the channel needs, and servers that are declared elsewhere. */
  needs: pulumi.Resource[];
  /** Image of services/smoke-test, for a chaincode that has a smoke test. */
  smokeTestImage?: ProjectImage;
}

/**
 * A chaincode as a service: a server per member organization, with a TLS certificate from that organization's CA, and
 * the custom resource with its definition, and its smoke test if it has one. Names carry the version, so that the old
 * servers stay until the new definition is committed. A version on several channels has one set of servers, which the first
 * of its components declares; their URNs do not say which one.
 */
export class Chaincode extends pulumi.ComponentResource {
  /** Objects of the servers that it declares. */
  readonly servers: pulumi.Resource[];

  constructor(name: string, args: ChaincodeArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, chaincode } = args;
    super("baas:index:Chaincode", name, { chaincode: chaincode.name, version: chaincode.version }, opts);
    const child = { parent: this };
    // All organizations install the same package: address and root certificate are templates that each peer fills in.
    const address = `${chaincodeServerName(chaincode.prefix, "{{.organization}}")}:${ports.chaincode}`;
    const { id, label } = packageChaincode(chaincode.label, templatedConnection(address));

    let image = chaincode.image;
    let builds: pulumi.Resource[] = [];
    if (chaincode.source !== undefined && chaincode.ownServers.length > 0) {
      const built = new ProjectImage(name, { source: chaincode.source, images: args.images }, child);
      image = built.reference;
      builds = [built.image];
    }
    this.servers = chaincode.ownServers.flatMap((server) =>
      chaincodeServer(`${plan.name}-${server.name}`, { ...args, server, image: image!, builds, packageId: id }, child),
    );

    const spec: ChaincodeSpec = {
      channel: chaincode.channel,
      name: chaincode.name,
      version: chaincode.version,
      endorsementPolicy: chaincode.endorsementPolicy,
      initRequired: chaincode.initRequired,
      organizations: chaincode.servers.map(({ organization, peers }) => ({ name: organization, peers })),
      package: { id, label, address },
    };
    const metadata = { name: chaincode.resource, namespace: plan.namespace, labels: labels({ network: plan.name }) };
    const needs = [...args.needs, ...this.servers];
    const definition = customResource(name, "Chaincode", metadata, spec, { ...child, dependsOn: needs });
    const { smokeTest } = chaincode;
    if (smokeTest !== undefined) {
      const image = args.smokeTestImage!;
      new SmokeTest(`${plan.name}-${smokeTest.name}`, { ...args, smokeTest, image, dependsOn: [definition] }, child);
    }
    this.registerOutputs({ packageId: id });
  }
}
