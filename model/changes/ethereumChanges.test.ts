import { describe, expect, it } from "vitest";

import { ethereumChanges } from "./ethereumChanges";

const network = (validators: number, chainId = 20001) => ({ client: "besu" as const, chainId, validators });

describe("changes of an Ethereum network", () => {
  it("are none where nothing changes", () => {
    expect(ethereumChanges(network(4), network(4))).toEqual([]);
  });

  it("name each validator that joins, and what the chain tolerates then", () => {
    expect(ethereumChanges(network(4), network(7))).toEqual([
      {
        action: "change",
        subject: "chain 20001",
        text: "validators 4 -> 7",
        consequences: [
          "adds validator4, when it is in sync and more than half of 4 vote for it: quorum 3 -> 4, tolerates 1",
          "adds validator5, when it is in sync and more than half of 5 vote for it: quorum 4, tolerates 2",
          "adds validator6, when it is in sync and more than half of 6 vote for it: quorum 4 -> 5, tolerates 2",
        ],
        loud: false,
      },
    ]);
  });

  it("name each validator that is voted out, the last one first", () => {
    expect(ethereumChanges(network(5), network(3))).toMatchObject([
      {
        consequences: [
          "removes validator4: more than half of 5 vote it out before it stops, and its volume stays; quorum 4 -> 3, tolerates 1",
          "removes validator3: more than half of 4 vote it out before it stops, and its volume stays; quorum 3 -> 2, tolerates 1",
        ],
        loud: true,
      },
    ]);
  });

  it("say of another namespace or environment that a new chain begins there", () => {
    const at = (environment: string, namespace: string) => ({ ...network(4), environment, namespace });
    const texts = ethereumChanges(at("local", "bank"), at("cloud", "coins")).map(
      ({ text, consequences, loud }) => `${loud} ${text}: ${consequences.join(" | ")}`,
    );
    expect(texts).toEqual([
      "true environment local -> cloud: where the new one has another cluster, a new chain begins there: nothing is moved",
      "true namespace bank -> coins: a new chain begins in the new namespace, with other validators' keys; the old namespace, its chain " +
        "and its volumes stay",
    ]);
    // Described by an earlier release.
    expect(ethereumChanges(network(4), at("local", "bank"))).toEqual([]);
  });

  it("say of a newer Besu that there is no way back, and of an older one that no node starts with it", () => {
    const withBesu = (besuVersion?: string) => ({ ...network(4), ...(besuVersion !== undefined && { besuVersion }) });
    const change = (before?: string, after?: string) => ethereumChanges(withBesu(before), withBesu(after));
    expect(change("26.8.0", "26.10.0")).toEqual([
      {
        action: "change",
        subject: "chain 20001",
        text: "Besu 26.8.0 -> 26.10.0",
        consequences: [
          "every node restarts with the new release, RPC nodes first, then bootnodes, then validators, one after the other, each when all " +
            "validators are in sync",
          "there is no way back to the older release",
        ],
        loud: true,
      },
    ]);
    expect(change("26.10.0", "26.8.0")).toMatchObject([
      {
        text: "Besu 26.10.0 -> 26.8.0",
        consequences: [
          "the first node does not start: none does on the volume of a newer release. The others wait for it, and run on",
        ],
      },
    ]);
    // Described by an earlier release, or by an image without a tag.
    expect([...change(undefined, "26.8.0"), ...change("26.8.0")]).toEqual([]);
  });

  const now = Date.UTC(2026, 11, 1) / 1000;
  const withFork = (time?: number) => ({
    ...network(4),
    ...(time !== undefined && { forks: [{ name: "prague" as const, time }] }),
  });
  const restart =
    "every node restarts, and must have before 2027-01-01T00:00:00Z: RPC nodes first, then bootnodes, then validators, one after the " +
    "other, each when all validators are in sync. One that has not by then may lose the chain until it has";

  it("name a fork as what it is: a restart of every node before a time", () => {
    const newYear = Date.UTC(2027, 0, 1) / 1000;
    const change = {
      action: "add",
      subject: "chain 20001, fork prague",
      text: "begins at 2027-01-01T00:00:00Z",
      consequences: [restart],
      loud: false,
    };
    expect(ethereumChanges(withFork(), withFork(newYear), now)).toEqual([change]);
    expect(ethereumChanges(withFork(), withFork(newYear), newYear - 600)).toEqual([
      { ...change, consequences: [restart, "that is in 10 minutes"], loud: true },
    ]);
    expect(ethereumChanges(withFork(newYear), withFork(), now)).toMatchObject([
      { action: "remove", text: "would have begun at 2027-01-01T00:00:00Z", consequences: [restart], loud: true },
    ]);
    expect(ethereumChanges(withFork(newYear + 60), withFork(newYear), now)).toMatchObject([
      { text: "begins at 2027-01-01T00:01:00Z -> 2027-01-01T00:00:00Z", consequences: [restart], loud: true },
    ]);
  });

  it("say that the cluster refuses a fork in the past, and another time of one that has begun", () => {
    expect(ethereumChanges(withFork(), withFork(now - 60), now)).toMatchObject([
      {
        consequences: [
          "the cluster refuses it: prague would have begun at 2026-11-30T23:59:00Z, when blocks were made without it: write a time to come " +
            "for forks.prague",
        ],
        loud: true,
      },
    ]);
    const begun =
      "the cluster refuses it: prague began at 2026-11-30T23:59:00Z, and blocks stand on it: write forks.prague: 2026-11-30T23:59:00Z";
    for (const after of [withFork(), withFork(now + 3600)]) {
      expect(ethereumChanges(withFork(now - 60), after, now)).toMatchObject([{ consequences: [begun], loud: true }]);
    }
  });

  const roll =
    "the nodes restart, RPC nodes first, then bootnodes, then validators, one after the other, each when all validators are in sync";

  it("name accounts that may send, and those that may not any more", () => {
    const allowing = (...allowedAccounts: string[]) => ({ ...network(4), allowedAccounts });
    expect(ethereumChanges(network(4), allowing("0xa"))).toMatchObject([
      { action: "add", text: "0xa", consequences: [`all others may not any more; ${roll}`], loud: true },
    ]);
    expect(ethereumChanges(allowing("0xa", "0xb"), allowing("0xb", "0xc"))).toMatchObject([
      { action: "add", subject: "chain 20001, accounts that may send", text: "0xc", consequences: [roll], loud: false },
      { action: "remove", text: "0xa", consequences: [roll], loud: true },
    ]);
    expect(ethereumChanges(allowing("0xa"), network(4))).toMatchObject([
      { action: "remove", text: "0xa", consequences: [`all may send; ${roll}`] },
    ]);
  });

  it("name bootnodes, and whom RPC nodes dial then", () => {
    const dialled = "RPC nodes restart, one after another, and dial bootnodes instead of validators";
    expect(ethereumChanges(network(4), { ...network(4), bootnodes: 1 })).toMatchObject([
      {
        text: "bootnodes 0 -> 1",
        consequences: [dialled, "there is one bootnode: RPC nodes get no blocks while it restarts"],
      },
    ]);
    expect(ethereumChanges({ ...network(4), bootnodes: 2 }, network(4))).toMatchObject([
      { text: "bootnodes 2 -> 0", consequences: ["RPC nodes restart, one after another, and dial validators"] },
    ]);
  });

  it("say that the cluster refuses another chain ID", () => {
    expect(ethereumChanges(network(4), network(4, 20002))).toMatchObject([
      {
        text: "chain ID 20001 -> 20002",
        consequences: ["the cluster refuses it: it is in the genesis, which all blocks stand on"],
      },
    ]);
  });

  it("name each field of the genesis that changes, and say that the cluster refuses it", () => {
    const [one, two, three] = ["1", "2", "3"].map((digit) => `0x${digit.repeat(40)}`);
    const genesis = {
      ...{ blockPeriodSeconds: 2, gasLimit: 30_000_000, freeGas: true, latestFork: "cancun" as const },
      allocations: [
        { address: one!, balance: "1" },
        { address: two!, balance: "2" },
      ],
    };
    const others = [
      { address: two!, balance: "20" },
      { address: three!, balance: "3" },
    ];
    const changes = ethereumChanges(
      { ...network(4), genesis },
      {
        ...network(4),
        genesis: {
          ...{ blockPeriodSeconds: 5, gasLimit: 60_000_000, freeGas: false, latestFork: "prague", allocations: others },
        },
      },
    );
    expect(changes.map(({ text }) => text)).toEqual([
      "blockPeriod 2s -> 5s",
      "gasLimit 30000000 -> 60000000",
      "freeGas yes -> no",
      "latestFork cancun -> prague",
      `allocations.${three} none -> 3 wei`,
      `allocations.${one} 1 wei -> none`,
      `allocations.${two} 2 wei -> 20 wei`,
    ]);
    for (const { consequences, loud } of changes) {
      expect([consequences, loud]).toEqual([
        ["the cluster refuses it: it is in the genesis, which all blocks stand on"],
        true,
      ]);
    }
    // An earlier release did not describe them.
    expect(ethereumChanges(network(4), { ...network(4), genesis })).toEqual([]);
  });
});
