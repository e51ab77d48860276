/** Metrics of the API server, read in its own pod with the certificate that it has from its organization. */
import { tlsFiles } from "../../../model/contracts/enrolment";
import { ports } from "../../../model/contracts/ports";

/** Prints the metrics. Health and metrics are on the same port, whose certificate is for the names of the Service. */
const program = `
const { readFileSync } = require("node:fs");
const { certificate, key } = JSON.parse(process.argv[1]);
const options = { host: "127.0.0.1", port: ${ports.operations}, path: "/metrics", rejectUnauthorized: false };
require("node:https").get({ ...options, cert: readFileSync(certificate), key: readFileSync(key) }, (response) => {
  if (response.statusCode !== 200) process.exitCode = 1;
  response.pipe(process.stdout);
});
`;

/** Where its pod is. */
interface Cluster {
  kubectl(...args: string[]): Promise<string>;
}

/** How often each peer was asked to do something, by the first part of the peer's address. */
export async function callsByPeer(cluster: Cluster, namespace: string, stage: string): Promise<Record<string, number>> {
  const exec = [
    "-n",
    namespace,
    "exec",
    "api-0",
    "-c",
    "keeper",
    "--",
    "node",
    "-e",
    program,
    JSON.stringify(tlsFiles),
  ];
  const counts: Record<string, number> = {};
  const text = await cluster.kubectl(...exec);
  for (const [, labels, count] of text.matchAll(/^blockchain_client_stage_duration\w*_count\{(.*)\} (\d+)/gm)) {
    if (!labels!.includes(`stage="${stage}"`)) continue;
    const peer = /peer="([^".:]+)/.exec(labels!)?.[1] ?? "none";
    counts[peer] = (counts[peer] ?? 0) + Number(count);
  }
  return counts;
}
