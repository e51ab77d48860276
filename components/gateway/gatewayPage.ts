/**
 * The answer of the edge at `api.<domain>`: what the network offers, and the health of its nodes. HAProxy fills in the health
 * at each request. Therefore the answers are log-format strings, in which a literal `%` is written `%%`.
 */
import {
  allOrganizations,
  type GatewayPlan,
  type NetworkPlan,
  type NodePlan,
  passesThrough,
} from "../../model/network/networkPlan";

/** The status as JSON. */
export function gatewayStatus(plan: NetworkPlan, gateway: GatewayPlan): string {
  const address = (node: NodePlan): string | undefined => {
    return passesThrough(gateway, node) ? `${node.fqdn}:${gateway.port}` : undefined;
  };
  const health = new Map<string, string>();
  const node = (one: NodePlan) => {
    const mark = `@${one.name}@`;
    health.set(`"${mark}"`, isUp(one));
    return { name: one.name, address: address(one), healthy: mark };
  };
  const status = {
    network: plan.name,
    domain: plan.domain,
    fabricVersion: plan.fabricVersion,
    organizations: plan.organizations.map(({ name, mspId, peers }) => ({ name, mspId, peers: peers.map(node) })),
    orderingService: { type: plan.ordering.type, orderers: plan.ordering.organization.orderers.map(node) },
    channels: plan.channels.map(({ name, organizations }) => ({
      name,
      organizations: organizations.map((organization) => organization.name),
      chaincodes: plan.chaincodes
        .filter(({ channel }) => channel === name)
        .map((chaincode) => ({ name: chaincode.name, version: chaincode.version })),
    })),
  };
  const text = JSON.stringify(status, undefined, 2).replaceAll("%", "%%");
  return `${[...health].reduce((filled, [mark, value]) => filled.replace(mark, value), text)}\n`;
}

/** The status as a page for people. */
export function gatewayPage(plan: NetworkPlan, gateway: GatewayPlan): string {
  const rows = allOrganizations(plan).flatMap(({ mspId, peers, orderers }) =>
    [...peers, ...orderers].map((node) => {
      const where = passesThrough(gateway, node) ? `${node.fqdn}:${gateway.port}` : "inside the cluster only";
      const state = `%[srv_is_up(${node.name}/${node.name}),iif(healthy,down)]`;
      return `<tr><td>${node.name}</td><td>${mspId}</td><td>${where}</td><td class="${state}">${state}</td></tr>`;
    }),
  );
  const channels = plan.channels.map(({ name, organizations }) => {
    const members = organizations.map(({ mspId }) => mspId).join(", ");
    const chaincodes = plan.chaincodes.filter(({ channel }) => channel === name);
    const offered = chaincodes.map((chaincode) => `${chaincode.name} ${chaincode.version}`).join(", ") || "none";
    return `<tr><td>${name}</td><td>${members}</td><td>${offered}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${plan.domain}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; margin-bottom: 2rem; }
th, td { border-bottom: 1px solid #ccc; padding: .3rem 1.5rem .3rem 0; text-align: left; }
.healthy { color: #070; }
.down { color: #b00; }
</style>
<h1>${plan.domain}</h1>
<p>Network ${plan.name}, Hyperledger Fabric ${plan.fabricVersion}.</p>
<table><tr><th>Channel</th><th>Organizations</th><th>Chaincodes</th></tr>
${channels.join("\n")}
</table>
<table><tr><th>Node</th><th>MSP</th><th>Reached at</th><th>State</th></tr>
${rows.join("\n")}
</table>
</html>
`.replace(/%(?!\[srv_is_up)/g, "%%");
}

function isUp({ name }: NodePlan): string {
  return `%[srv_is_up(${name}/${name}),iif(true,false)]`;
}
