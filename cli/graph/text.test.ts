import { describe, expect, it } from "vitest";

import { mermaid } from "./mermaid";
import type { NetworkGraph } from "./networkGraph";
import { fitted, textWidth } from "./sheet";
import { escaped, svg } from "./svg";

const name = `<script>"a" & 'b'</script>\u0000\ud800 é 😀`;
const graph: NetworkGraph = {
  name,
  domain: name,
  facts: [],
  channels: [],
  boxes: [
    {
      kind: "organization",
      title: name,
      subtitle: "",
      channels: [],
      groups: [{ id: "g", role: "peer", title: "peer", detail: "", members: [{ name, title: name }], lines: [] }],
    },
  ],
  links: [],
  notes: [],
};

describe("names", () => {
  it("are text in XML; what XML does not know is left out", () => {
    expect(escaped(name)).toBe("&lt;script&gt;&quot;a&quot; &amp; &apos;b&apos;&lt;/script&gt; é 😀");
    expect(svg(graph)).not.toContain("<script");
  });

  it("are text in Mermaid", () => {
    expect(mermaid(graph)).toContain(
      `subgraph b0["#60;script#62;#34;a#34; #38; #39;b#39;#60;/script#62;#0;#55296; #233; #128512;"]`,
    );
  });

  it("are shortened in the middle where they do not fit", () => {
    expect(fitted("peer0.org1.example.com", 80, 11)).toBe("peer0…e.com");
    expect(fitted("peer0", 80, 11)).toBe("peer0");
    expect(fitted("peer0", 1, 11)).toBe("…");
    expect(textWidth(fitted("w".repeat(500), 80, 11), 11)).toBeLessThanOrEqual(80);
  });
});

it("the picture brings all with it, has a title, and says in words what it shows", () => {
  const links = [
    {
      sources: ["g"],
      targets: ["g"],
      mutual: true,
      ports: [{ port: "7051", purpose: "gossip", traffic: "gossip" as const }],
    },
  ];
  const written = svg({ ...graph, name: "net", links });
  expect(written).not.toMatch(/href|url\(|<style|<script|@import|<image/);
  expect(written).toContain('role="img" aria-labelledby="title description"');
  expect(written).toContain('<title id="title">Network net</title>');
  expect(written).toMatch(/<desc id="description">peer of .* among each other: gossip 7051\.<\/desc>/);
});
