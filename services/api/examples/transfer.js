/** Creates an asset without waiting, follows it to its end, and reads it back: plain JavaScript, for Node and browsers. */
const [asset] = process.argv.slice(2);
const { API_URL, API_TOKEN } = process.env;

/** Calls a function. */
async function call(operation, name, ...args) {
  const response = await fetch(`${API_URL}/v1/channels/main/chaincodes/asset-transfer/${operation}`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${API_TOKEN}`,
      "Content-Type": "application/json",
      "Idempotency-Key": [operation, name, ...args].join(" "),
    },
    body: JSON.stringify({ function: name, arguments: args }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.code}: ${answer.detail}`);
  return answer;
}

/** Waits until the outcome of a call is known. */
async function outcomeOf({ id }) {
  for (;;) {
    const response = await fetch(`${API_URL}/v1/submissions/${id}`, {
      headers: { Authorization: `Bearer ${API_TOKEN}` },
    });
    const submission = await response.json();
    if (submission.state === "committed") return submission;
    if (submission.state === "failed") throw new Error(submission.error.detail);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const { blockNumber } = await outcomeOf(await call("submitAsync", "CreateAsset", asset, "alice"));
console.log(`committed in block ${blockNumber}`);
console.log((await call("evaluate", "ReadAsset", asset)).result);
