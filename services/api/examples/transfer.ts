/** Creates an asset, and tries again until the outcome is known: TypeScript, which Node runs as it is. */

interface Committed {
  state: "committed" | "pending";
  txID?: string;
  blockNumber?: string;
}

const [asset = "asset1"] = process.argv.slice(2);
const { API_URL, API_TOKEN } = process.env;

/** Makes the call. With the same key it is the same call, however often it is made. */
async function createAsset(key: string): Promise<Committed> {
  const response = await fetch(`${API_URL}/v1/channels/main/chaincodes/asset-transfer/submit`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${API_TOKEN}`,
      "Content-Type": "application/json",
      "Idempotency-Key": key,
    },
    body: JSON.stringify({ function: "CreateAsset", arguments: [asset, "alice"] }),
  });
  // Whoever asks again in these cases gets the outcome of the first call.
  if (response.status === 503 || response.status === 504) return { state: "pending" };
  const answer = (await response.json()) as Committed & { code?: string; detail?: string };
  if (!response.ok) throw new Error(`${answer.code}: ${answer.detail}`);
  return answer;
}

const key = `create ${asset}`;
let outcome = await createAsset(key);
while (outcome.state === "pending") {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  outcome = await createAsset(key);
}
console.log(`committed in block ${outcome.blockNumber}`);

export {};
