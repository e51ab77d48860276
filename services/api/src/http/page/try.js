/** The page to try the API: a form for each function of a chaincode. */
const find = (selector) => document.querySelector(selector);
const chaincodeForm = find("#chaincode");
const functions = find("#functions");
const texts = { evaluate: "Evaluate", submit: "Submit", submitAsync: "Submit without waiting" };

/** Shows an answer, or that one is waited for. */
function show({ request, status, isGood, message, body }) {
  find("#request").textContent = request;
  const parts = { "#status": status, "#message": message, "#body": body && JSON.stringify(body, null, 2) };
  for (const [selector, text] of Object.entries(parts)) {
    find(selector).hidden = text === undefined;
    find(selector).textContent = text ?? "";
  }
  find("#status").className = isGood ? "good" : "bad";
}

/** Sends a request, and shows the answer. */
async function send(path, body) {
  const { token } = Object.fromEntries(new FormData(chaincodeForm));
  const headers = { Accept: "application/json" };
  if (token !== "") headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const method = body ? "POST" : "GET";
  const request = `${method} /${path}`;
  show({ request: `${request} …` });
  try {
    const response = await fetch(path, { method, headers, body: JSON.stringify(body) });
    const value = await response.json();
    const { status, ok: isGood } = response;
    show({ request, status: String(status), isGood, message: isGood ? undefined : value.detail, body: value });
    return isGood ? value : undefined;
  } catch (error) {
    show({ request, status: "no answer", isGood: false, message: error.message });
    return undefined;
  }
}

/** Sends while a form's buttons cannot be used. */
async function sendFrom(form, path, body) {
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    return await send(path, body);
  } finally {
    for (const button of buttons) button.disabled = false;
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
    const { name, schema } = parameter;
    const input = element("input", { name, placeholder: schema.type ?? "", autocomplete: "off", spellcheck: false });
    return element("label", {}, name, input);
  });
  const operations = writes === false ? ["evaluate"] : ["submit", "submitAsync", "evaluate"];
  const buttons = operations.map((value, i) =>
    element("button", { value, textContent: texts[value], className: i === 0 ? "primary" : "" }),
  );
  const kind = writes === undefined ? "" : writes ? "writes" : "reads";
  const title = element("h3", {}, name, element("small", {}, kind));
  const form = element("form", { name, className: "card" }, title, ...inputs);
  form.append(element("div", { className: "buttons" }, ...buttons));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = [...form.querySelectorAll("input")].map((input) => input.value);
    void sendFrom(form, `${path}/${event.submitter.value}`, { function: name, arguments: values });
  });
  return form;
}

chaincodeForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { channel, chaincode } = Object.fromEntries(new FormData(chaincodeForm));
  const path = `v1/channels/${encodeURIComponent(channel)}/chaincodes/${encodeURIComponent(chaincode)}`;
  const metadata = await sendFrom(chaincodeForm, `${path}/metadata`);
  if (metadata === undefined) return;
  const none = "This chaincode does not say which functions it has.";
  const names = new Set(metadata.functions.map(({ name }) => name));
  // Functions of the default contract have a short name, too.
  const isShort = ({ name }) => !names.has(name.slice(name.indexOf(":") + 1)) || !name.includes(":");
  const forms = metadata.functions.filter(isShort).map((each) => formOf(path, each));
  functions.replaceChildren(...(metadata.isKnown ? forms : [element("p", { className: "hint", textContent: none })]));
});
