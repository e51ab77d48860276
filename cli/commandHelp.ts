/** What the help of a command says besides its arguments and options. */

export const previewHelp = `
Needs neither a cluster nor the Pulumi CLI. With --base, policies that look at what was before compare with that revision too.
Exit code 1: the configuration is wrong. Exit code 2: a mandatory policy is violated.
`;

export const diffHelp = `
Without --base and --live it compares with what was last applied or rendered from here.

With --json every stack has all keys:
  stack, comparedWith, status  unchanged, changed, created, deleted, failed (an apply would be refused) or
                               incomparable (what to compare with cannot be had)
  errors, notes  texts
  network        {action: add|change|remove, subject, text, consequences, loud}
  restarts       {reason, workloads}
  warnings       {object, message}: what must not be overlooked
  images         {before, after, usedBy}
  objects        {action: create|update|replace|delete, kind, namespace, name, retained,
                  fields: {path, before, after} or {path, lines}}
  counts         {create, update, replace, delete}

Exit code 1 when an apply would be refused.
`;

export const graphHelp = `
The lines are what the NetworkPolicies and Services of the stack let through.
`;

export const checkHelp = `
Needs no cluster and no login; tests that need a Kubernetes are left to npm test. Exit code 1 when any of it fails.
`;

export const policiesHelp = `
With pulumi there is no need for it: the pack reads the same by itself.
`;

export const deployHelp = `
For each stack: pulumi preview, pulumi up with the policy pack, and a second preview that expects no change.
`;

export const portsHelp = `
Exit code 1 for mistakes in any file. With --json every entry has all keys, with null for what there is not:
  networks      {network, environment, context, exposure, port, apiHost, file}
  environments  {environment, context, exposure, ports: {from, to}, free, next, file}
  problems      {file, path, message}
`;

export const startHelp = `
Previews the platform and the network dev, brings up a Kubernetes on this machine, applies both, and tells what came about.
`;

export const newHelp = `
The file gets the next free port of its environment.
`;

export const stacksHelp = `
The order is that of bringing them up: the platform first, then its networks.
`;

export const connectionHelp = `
Names for /etc/hosts, connection profiles, root certificates; nothing of it is secret.
`;
