/** The script of the page with the forms. It puts what contracts and peers say into the document as text, never as markup. */
import type { ContractFunction, SessionDescription } from "../../../src/session/protocol";
import type { FromPage, ToPage } from "../callMessages";
import { type Field, fieldsOf, readFields, readFreeArguments, readTransient } from "../formFields";
import { element, named, option } from "./elements";
import { outcomeElement } from "./outcome";

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: unknown): void;
};

/** What is kept while the page is hidden: inputs by function and field. */
interface Kept {
  function?: string;
  inputs: Record<string, Record<string, string>>;
}

const vscode = acquireVsCodeApi();
const page = document.getElementById("page")!;
const kept: Kept = { inputs: {}, ...(vscode.getState() as Partial<Kept> | null) };
const freeName = "";
let shownContract = "";
let calls = 0;
let waiting: number | undefined;

window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
  switch (data.type) {
    case "missing":
      shownContract = "";
      return page.replaceChildren(element("p", { className: "mistake" }, data.reason));
    case "contract": {
      const text = JSON.stringify([data.session, data.contract]);
      // What a person is filling in stays as it is.
      if (text === shownContract) return;
      shownContract = text;
      return showForms(data);
    }
    case "outcome":
      return finish(data.id, outcomeElement(data.outcome));
    case "failed":
      return finish(data.id, element("p", { className: "mistake" }, data.reason));
  }
});
vscode.postMessage({ type: "ready" });

function showForms({ session, contract }: Extract<ToPage, { type: "contract" }>): void {
  const { functions, schemas, problem } = contract;
  const chooser = named(element("select", {}), "function");
  for (const { name, writes } of functions)
    chooser.append(option(name, writes === undefined ? name : `${name} (${writes ? "writes" : "reads"})`));
  chooser.append(option(freeName, "another function…"));
  chooser.value = functions.some(({ name }) => name === kept.function)
    ? kept.function!
    : (functions[0]?.name ?? freeName);
  const form = element("form", {});
  const show = (): void => {
    kept.function = chooser.value;
    keep();
    const wanted = functions.find(({ name }) => name === chooser.value);
    form.replaceChildren(...formOf(wanted, session, wanted ? fieldsOf(wanted.parameters, schemas) : []));
  };
  chooser.addEventListener("change", show);
  const where = `${session.chaincode} ${session.version} on ${session.channel}, ${session.network}`;
  page.replaceChildren(
    element("p", { className: "hint" }, where),
    ...(problem === undefined
      ? []
      : [element("p", { className: "mistake" }, `The contract does not describe itself: ${problem}`)]),
    ...(session.noCalls === undefined ? [] : [element("p", { className: "mistake" }, `No calls: ${session.noCalls}.`)]),
    element("label", { htmlFor: "function" }, "Function"),
    chooser,
    form,
    named(element("div", {}), "outcome"),
  );
  show();
}

function formOf(wanted: ContractFunction | undefined, session: SessionDescription, fields: readonly Field[]): Node[] {
  const inputs = (kept.inputs[wanted?.name ?? freeName] ??= {});
  const free: Field[] = [
    { name: "name of the function", type: "string", kind: "text", initial: "" },
    { name: "arguments", type: "one a line, or a JSON list", kind: "json", initial: "" },
  ];
  const identity = named(element("select", {}), "identity");
  for (const { name, callsHere } of session.identities)
    identity.append(option(name, callsHere ? `${name}: the contract here` : `${name}: what is deployed`));
  const organization = named(element("select", {}), "organization");
  organization.append(option("", "as the peers choose"), ...session.organizations.map((name) => option(name, name)));
  const transient = named(element("textarea", { placeholder: "name=value" }), "transient");
  const evaluate = element("button", { type: "button", disabled: session.noCalls !== undefined }, "Evaluate");
  const submit = element("button", { type: "button", disabled: session.noCalls !== undefined }, "Submit");
  (wanted?.writes === true ? evaluate : submit).className = "second";
  const mistakes = element("ul", { className: "mistake" });
  const send = (kind: "evaluate" | "submit"): void => {
    const given = wanted === undefined ? readFree(inputs) : readFields(fields, inputs);
    const secret = readTransient(transient.value);
    const found =
      "mistakes" in given ? Object.entries(given.mistakes).map(([name, mistake]) => `${name} ${mistake}`) : [];
    if (isMistake(secret)) found.push(`transient data: ${secret.mistake}`);
    mistakes.replaceChildren(...found.map((text) => element("li", {}, text)));
    if (found.length > 0 || "mistakes" in given || isMistake(secret)) return;
    call({
      ...{ kind, function: wanted?.name ?? inputs["name of the function"]!, arguments: given.arguments },
      ...(Object.keys(secret).length > 0 && { transient: secret }),
      ...(identity.value !== "" && { identity: identity.value }),
      ...(organization.value !== "" && { organization: organization.value }),
    });
  };
  evaluate.addEventListener("click", () => send("evaluate"));
  submit.addEventListener("click", () => send("submit"));
  return [
    ...(wanted === undefined ? free : fields).flatMap((field) => fieldElements(field, inputs)),
    element("label", { htmlFor: "identity" }, "As"),
    identity,
    element(
      "details",
      {},
      element("summary", {}, "Organization, transient data"),
      ...[
        element("label", { htmlFor: "organization" }, "Endorsed by"),
        organization,
        element("label", { htmlFor: "transient" }, "Transient data"),
        transient,
      ],
    ),
    mistakes,
    evaluate,
    submit,
  ];
}

const isMistake = (value: object): value is { mistake: string } =>
  Object.keys(value).length === 1 &&
  typeof (value as { mistake?: unknown }).mistake === "string" &&
  Object.hasOwn(value, "mistake");

function readFree(inputs: Record<string, string>) {
  if (!inputs["name of the function"]) return { mistakes: { function: "has no name" } };
  return { arguments: readFreeArguments(inputs.arguments ?? "") };
}

function fieldElements(
  { name, type, kind, choices, initial, description }: Field,
  inputs: Record<string, string>,
): Node[] {
  const id = `field-${name}`;
  inputs[name] ??= initial;
  const label = element("label", { htmlFor: id }, `${name} `, element("span", { className: "type" }, type));
  const input = inputOf(kind, choices ?? []);
  if (input instanceof HTMLInputElement && kind === "boolean") input.checked = inputs[name] === "true";
  else input.value = inputs[name];
  input.id = id;
  input.addEventListener("input", () => {
    inputs[name] = kind === "boolean" ? String((input as HTMLInputElement).checked) : input.value;
    keep();
  });
  return [label, input, ...(description === undefined ? [] : [element("div", { className: "hint" }, description)])];
}

function inputOf(
  kind: Field["kind"],
  choices: readonly string[],
): HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
  if (kind === "json") return element("textarea", { spellcheck: false });
  if (kind === "boolean") return element("input", { type: "checkbox" });
  if (kind !== "choice")
    return element("input", { type: "text", inputMode: kind === "number" ? "decimal" : "text", autocomplete: "off" });
  const select = element("select", {});
  select.append(...choices.map((choice) => option(choice, choice)));
  return select;
}

function call(request: Extract<FromPage, { type: "call" }>["request"]): void {
  waiting = ++calls;
  const text = "The network runs it… A breakpoint holds it until you go on.";
  document.getElementById("outcome")!.replaceChildren(element("p", { className: "hint" }, text));
  vscode.postMessage({ type: "call", id: waiting, request });
}

function finish(id: number, shown: Node): void {
  if (id !== waiting) return;
  const outcome = document.getElementById("outcome");
  outcome?.replaceChildren(shown);
  outcome?.scrollIntoView({ block: "nearest" });
}

function keep(): void {
  vscode.setState(kept);
}
