/** Texts that the help of a command adds to the list of its arguments and options. */

export const previewHelp = `
Needs neither a cluster nor the Pulumi CLI. With --base, policies that compare with an earlier state compare with that revision too.
Exit code 1: the configuration is wrong. Exit code 2: a mandatory policy is violated.
`;

export const diffHelp = `
Without --base and --live it compares with the last apply or render from here.

With --json every stack has all keys:
  stack, comparedWith, status  unchanged, changed, created, deleted, failed (its objects cannot be applied) or
                               incomparable (there is nothing to compare with)
  errors, notes  texts
  network        {action: add|change|remove, subject, text, consequences, loud}
  restarts       {reason, workloads}
  warnings       {object, message}: changes that need attention
  images         {before, after, usedBy}
  objects        {action: create|update|replace|delete, kind, namespace, name, retained,
                  fields: {path, before, after} or {path, lines}}
  counts         {create, update, replace, delete}

Exit code 1: the configuration is wrong, or the objects cannot be applied. "baas preview" asks the policies.
`;

export const renewHelp = `
Nodes keep their keys without --new-keys. They restart one after another, as after any change. Certificates are renewed in time without this command;
it is for a certificate that somebody has revoked, or to see that a renewal works. A gateway renews its certificate without a restart.

With --new-keys peers and orderers replace their private keys, for signing and for TLS: each makes new ones in its pod. Channels know an
orderer by its TLS key. So it restarts twice: it makes new keys beside the old ones; each channel is told, by one update of its
configuration; then it uses them, and the next orderer follows. One orderer is away at a time. CA servers keep their keys.
`;

export const graphHelp = `
The lines show the connections that the NetworkPolicies and Services of the stack allow.
`;

export const checkHelp = `
Needs no cluster and no login. Tests that need a Kubernetes run under npm test only. Exit code 1 when any check fails.
`;

export const alertsHelp = `
It reads the stack file of the platform. Which alerts are silenced, or held back because of another one, only Alertmanager knows.
`;

export const statusHelp = `
It asks the platform's Prometheus, to which kubectl forwards a port. A network is ill while a critical alert or a warning of it fires.
Exit code 1 when anything shown is ill.
`;

export const policiesHelp = `
The Pulumi CLI does not need it: the pack reads the same settings by itself.
`;

export const deployHelp = `
For each stack: pulumi preview, pulumi up with the policy pack, and a second preview that expects no change.
`;

export const imagesHelp = `
./baas apply does this itself. Into the Kubernetes of this machine come all images of the stack, also upstream ones; for any
other cluster Docker builds the project's own images, and pushes them if the environment says so. Exit code 1 if the
cluster of this machine lacks images that could not be had.
`;

export const portsHelp = `
Exit code 1 for mistakes in any file. With --json every entry has all keys, with null for absent values:
  networks      {network, environment, context, exposure, port, apiHost, file}
  environments  {environment, context, exposure, ports: {from, to}, free, next, file}
  problems      {file, path, message}
`;

export const startHelp = `
Previews the platform and the network dev, brings up a Kubernetes on this machine, applies both, and reports the result.
`;

export const newHelp = `
The file gets the next free port of its environment.
`;

export const stacksHelp = `
The order is the order of deployment: the platform first, then its networks.
Mistakes in files are listed, too. Exit code 1: there are some.
`;

export const connectionHelp = `
Writes names for /etc/hosts, connection profiles and root certificates. None of them is secret.
`;

export const callHelp = `
Calls as a client of an organization that has peers at the gateway. "baas connection STACK" writes its settings, and prints the
commands that enrol it. The call is repeated by the rules of the client library, and never committed twice.

  baas call dev CreateAsset asset1 alice
  baas call dev ReadAsset asset1 --evaluate
`;

export const chaincodeHelp = `
The contract runs on this machine, and the debug peer of an organization calls it here, through the network's gateway, with TLS.
A changed file runs at the next call, without a new version. docs/chaincode.md says what a network needs for it.

  baas chaincode debug dev asset-transfer org1
  baas call dev ReadAsset asset1 --evaluate --debug
`;

export const studioHelp = `
A session is a pod with an editor, a terminal and the running contract, which the organization's debug peer calls. A session that nobody
looks at ends by itself; its files stay. docs/chaincode-studio.md says what a network needs for it.

  baas studio open dev alice
  baas studio close dev alice
`;

export const txHelp = `
Prints whether a transaction is on the ledger and valid, its block, who made it, and the chaincode and function that it called.
`;
