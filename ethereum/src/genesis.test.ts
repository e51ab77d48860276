import { describe, expect, it } from "vitest";

import { cliqueGenesis, type GenesisOptions, genesisWithForks, qbftGenesis } from "./genesis";

// A real Besu took this genesis, with the extraData below.
const validators = [
  "0xb98a0655bfbf87a8307dd419d8f5ef1f5354487c",
  "0x56b7a21bed71a151107b125bd0827365f5a1abbf",
  "0xfb23098efdf7c19b19e2d7650b1100fc0922a1e6",
  "0x9db42e3ab689507143bae9c2386c70e5d17d4f1c",
];
const extraData =
  "0xf87aa00000000000000000000000000000000000000000000000000000000000000000f8549456b7a21bed71a151107b125bd0827365f5a1abbf949db42e3" +
  "ab689507143bae9c2386c70e5d17d4f1c94b98a0655bfbf87a8307dd419d8f5ef1f5354487c94fb23098efdf7c19b19e2d7650b1100fc0922a1e6c080c0";

const options: GenesisOptions = { chainId: 1337, validators, blockPeriodSeconds: 2, gasLimit: 30_000_000 };

describe("the genesis for Besu", () => {
  it("is the one that a real Besu took", () => {
    expect(qbftGenesis(options)).toEqual({
      config: {
        chainId: 1337,
        homesteadBlock: 0,
        eip150Block: 0,
        eip155Block: 0,
        eip158Block: 0,
        byzantiumBlock: 0,
        constantinopleBlock: 0,
        petersburgBlock: 0,
        istanbulBlock: 0,
        berlinBlock: 0,
        londonBlock: 0,
        shanghaiTime: 0,
        cancunTime: 0,
        zeroBaseFee: true,
        qbft: { blockperiodseconds: 2, epochlength: 30000, requesttimeoutseconds: 4 },
      },
      nonce: "0x0",
      timestamp: "0x0",
      extraData,
      gasLimit: "0x1c9c380",
      difficulty: "0x1",
      mixHash: "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365",
      coinbase: "0x0000000000000000000000000000000000000000",
      alloc: {},
    });
  });

  it("has later forks at their times", () => {
    const { config } = qbftGenesis({ ...options, forks: { osaka: 200, prague: 100 }, freeGas: false });
    expect(config).toMatchObject({ shanghaiTime: 100, cancunTime: 100, pragueTime: 100, osakaTime: 200 });
    expect(config).not.toHaveProperty("zeroBaseFee");
  });

  it("has forks up to London alone, where no later one is wanted", () => {
    const { config } = qbftGenesis({ ...options, forks: {} });
    expect(config).toHaveProperty("londonBlock");
    expect(config).not.toHaveProperty("shanghaiTime");
  });

  it("gets later forks, and stays the same otherwise", () => {
    const file = `${JSON.stringify(qbftGenesis(options), undefined, 2)}\n`;
    expect(genesisWithForks(file, {})).toBe(file);
    const changed = genesisWithForks(file, { osaka: 200 });
    const { config, ...rest } = JSON.parse(changed);
    expect({ ...rest, config: qbftGenesis(options).config }).toEqual(qbftGenesis(options));
    expect(config).toEqual({ ...qbftGenesis(options).config, pragueTime: 200, osakaTime: 200 });
    expect(genesisWithForks(changed, { prague: 200, osaka: 200 })).toBe(changed);
    expect(() => genesisWithForks(changed, { prague: 300 })).toThrow(
      "the genesis has pragueTime 200, which cannot become 300: blocks may stand on it",
    );
  });

  it("says which addresses cannot be in it", () => {
    expect(() => qbftGenesis({ ...options, validators: [validators[0]!, validators[0]!] })).toThrow(
      `${validators[0]} is there twice: each node has an address of its own`,
    );
    expect(() => qbftGenesis({ ...options, allocations: { "0x12": 1n } })).toThrow(
      '"0x12" is no address: 0x and 40 hexadecimal digits; a checksum in upper and lower case must hold',
    );
    expect(() => qbftGenesis({ ...options, validators: [] })).toThrow("a network begins with at least one validator");
    expect(() => qbftGenesis({ ...options, chainId: 0 })).toThrow("0 is no chain ID: a whole number from 1 on");
  });
});

describe("the genesis for geth", () => {
  it("lists the signers in ascending order, has forks up to London, and a base fee of 0", () => {
    const genesis = cliqueGenesis({ ...options, allocations: { [validators[0]!]: 10n ** 18n } });
    const signers = [...validators].sort().map((each) => each.slice(2));
    expect(genesis.extraData).toBe(`0x${"00".repeat(32)}${signers.join("")}${"00".repeat(65)}`);
    expect(genesis.config).toMatchObject({ londonBlock: 0, clique: { period: 2, epoch: 30000 } });
    expect(genesis.config).not.toHaveProperty("shanghaiTime");
    expect(genesis.baseFeePerGas).toBe("0x0");
    expect(genesis.alloc).toEqual({ [validators[0]!.slice(2)]: { balance: "0xde0b6b3a7640000" } });
  });
});
