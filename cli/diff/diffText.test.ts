import { describe, expect, test } from "vitest";

import { plain } from "../common/colors";
import { diffText, rollText } from "./diffText";
import type { StackDiff } from "./diffTypes";

const counts = { create: 0, update: 1, replace: 0, delete: 0 };
const none = { errors: [], notes: [], network: [], restarts: [], warnings: [], images: [] };

describe("a difference on a terminal", () => {
  test("tells which nodes restart, in which order, and what no order can avoid", () => {
    const stack: StackDiff = {
      ...{ ...none, counts, stack: "net", comparedWith: "main", status: "changed", objects: [] },
      restarts: [{ reason: "image", workloads: ["StatefulSet orderer0-orderer", "StatefulSet peer0-org1"] }],
      roll: {
        order: ["orderer0-orderer", "peer0-org1"],
        leaderLast: false,
        outages: ["there is one orderer: nothing is ordered"],
      },
    };
    expect(diffText({ comparedWith: "main", stacks: [stack] }, plain)).toMatchInlineSnapshot(`
      "net, compared with main:

      Pods that restart:
        StatefulSet orderer0-orderer, peer0-org1: image
        one after another, each ready and its channels caught up before the next: orderer0-orderer, peer0-org1
        ! there is one orderer: nothing is ordered
      "
    `);
  });

  test("tells in which order the servers of Kafka restart, and which of them are last", () => {
    expect(rollText({ order: ["kafka2"], leaderLast: false, isKafka: true, outages: [] })).toBe(
      "kafka2 restarts while all other nodes are ready and all topics in sync",
    );
    expect(rollText({ order: ["zookeeper0", "kafka0", "kafka1"], leaderLast: true, isKafka: true, outages: [] })).toBe(
      "one after another, each ready and all topics in sync before the next: zookeeper0, kafka0, kafka1; of the ZooKeepers, the one " +
        "that leads is the last, and of the brokers, the one that controls the others",
    );
  });

  test("shows what would steer it, and does not obey: in values, their names, their lines and what they mean", () => {
    const fields = [
      { path: "data.a\u0007", before: "\u001b]0;title\u0007", after: { "k\u009b": "\u202eright to left" } },
      { path: "data.b", lines: ["- a\ttab", "+ good\rbad"] },
    ];
    const stack: StackDiff = {
      ...{ ...none, counts, stack: "net", comparedWith: "main", status: "changed" },
      network: [
        { action: "add", subject: "channel \u001b[2J", text: "\u{e0041}", consequences: ["\u200b"], loud: false },
      ],
      errors: ["one\ntwo"],
      objects: [{ action: "update", kind: "ConfigMap", name: "m\u001b[8m", fields, retained: false }],
    };
    const text = diffText({ comparedWith: "main", stacks: [stack] }, plain);
    expect(text.replace(/[\n\t]/g, "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toMatchInlineSnapshot(`
      "net, compared with main:

      Errors:
        one
      two

      Network:
          + channel \\u001b[2J: \\udb40\\udc41
              \\u200b

      Objects: 1 to update
        ~  ConfigMap m\\u001b[8m
             data.a\\u0007: \\u001b]0;title\\u0007 -> { k\\u009b: \\u202eright to left }
             data.b:
               - a	tab
               + good\\u000dbad
      "
    `);
  });
});
