/** The page to try the API: a form for each function of a chaincode. */
const chaincodeForm = document.querySelector("#chaincode");
const functions = document.querySelector("#functions");
const answer = document.querySelector("#answer");

/** Sends a request, and shows the answer. */
async function send(path, body) {
  const { token } = Object.fromEntries(new FormData(chaincodeForm));
  const headers = { Accept: "application/json" };
  if (token !== "") headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  answer.textContent = "waiting …";
  try {
    const response = await fetch(path, { method: body ? "POST" : "GET", headers, body: JSON.stringify(body) });
    const value = await response.json();
    answer.textContent = `${response.status}\n${JSON.stringify(value, null, 2)}`;
    return response.ok ? value : undefined;
  } catch (error) {
    answer.textContent = error.message;
    return undefined;
  }
}

/** An element with its properties and children. */
function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** The form of a function. */
function formOf(path, { name, parameters, writes }) {
  const inputs = parameters.map((parameter) => {
    const placeholder = parameter.schema.type ?? "";
    return element("label", {}, `${parameter.name} `, element("input", { name: parameter.name, placeholder }));
  });
  const operations = writes === false ? ["evaluate"] : ["submit", "submitAsync", "evaluate"];
  const buttons = operations.map((value) => element("button", { value, textContent: value }));
  const form = element("form", { name }, element("fieldset", {}, element("legend", {}, name), ...inputs, ...buttons));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = [...form.querySelectorAll("input")].map((input) => input.value);
    void send(`${path}/${event.submitter.value}`, { function: name, arguments: values });
  });
  return form;
}

chaincodeForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { channel, chaincode } = Object.fromEntries(new FormData(chaincodeForm));
  const path = `v1/channels/${encodeURIComponent(channel)}/chaincodes/${encodeURIComponent(chaincode)}`;
  const metadata = await send(`${path}/metadata`);
  if (metadata === undefined) return;
  functions.replaceChildren(...metadata.functions.map((each) => formOf(path, each)));
  if (!metadata.isKnown) functions.textContent = "This chaincode does not say which functions it has.";
});
