/** Texts of stack files. */

/** What stands before and after the value of `organizations` in a stack file. */
export const organizations = (value: string) => `config:
  baas:network:
    environment: local
    domain: net.example.com
    organizations: ${value}
`;

/** The file of a small network with further lines: of the network, indented by four, or of the file. */
export const network = (more = "") => organizations("[{ name: org1 }]") + more;

export const chaincode = (policy: string) =>
  network(
    "    channels: [{ name: main }]\n" +
      '    chaincodes: [{ name: asset, channel: main, source: chaincode/asset-transfer, version: "1.0", ' +
      `endorsementPolicy: "${policy}" }]\n`,
  );

export const list = (length: number, element: (i: number) => string) =>
  `[${Array.from({ length }, (_, i) => element(i)).join(",")}]`;

/** The file of a network with many of something. */
export const many = (has: { organizations?: string; channels?: string; chaincodes?: string }) =>
  organizations(has.organizations ?? "[{ name: org1 }]") +
  `    channels: ${has.channels ?? "[{ name: main }]"}\n    chaincodes: ${has.chaincodes ?? "[]"}\n`;

export const chaincodes = (length: number, channel: (i: number) => string = () => "main") =>
  list(length, (i) => `{ name: c${i}, channel: ${channel(i)}, image: "x:1", version: "1" }`);

/** Ten times ten times ten ... values. */
export const bomb = (levels: number) =>
  "config:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" +
  Array.from({ length: levels }, (_, i) => `  a${i + 1}: &a${i + 1} ${list(10, () => `*a${i}`)}\n`).join("");

export const nested = (depth: number) => `${"AND(".repeat(depth)}'Org1MSP.peer'${")".repeat(depth)}`;

/** An odd file: its name, its content, and parts of what is said. Nothing is said of a file that is fine. */
export type OddFile = [name: string, content: string | Uint8Array, ...said: string[]];
