/** The extension: puts its views and commands into the editor. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import * as vscode from "vscode";

import { tokenFile } from "../../src/session/protocol";
import { CallView } from "./callView";
import { EndWarning } from "./endWarning";
import { LogTerminal } from "./logTerminal";
import { describeVersion, followingVersion, patchName } from "./nextVersionText";
import { SessionClient } from "./sessionClient";
import { lineOf, StateModel, type StateNode } from "./stateModel";
import { keyInWords, shown } from "./words";

/** Port of the session program; another one for tests. */
const port = Number(process.env.STUDIO_SESSION_PORT ?? 7070);

/** Folder of the session program's own files. */
const folder = process.env.STUDIO_SESSION_FOLDER ?? join(homedir(), ".studio");

/** Milliseconds between two looks at when the session ends. */
const lookInterval = 30_000;

export function activate(context: vscode.ExtensionContext): void {
  const client = new SessionClient({ port, tokenFile: join(folder, tokenFile) });
  const tree = new StateTree(client);
  const script = readFileSync(join(context.extensionPath, "callPage.js"), "utf8");
  const calls = new CallView(client, script, () => tree.refresh());
  const log = new LogTerminal(vscode.window, () => new vscode.EventEmitter());
  const stop = client.follow((line) => {
    log.add(line);
    if (line.source === "session" && line.text.endsWith("contract runs")) void calls.refresh();
  });
  const warning = new EndWarning(client, (text) => void vscode.window.showWarningMessage(text));
  const looking = setInterval(() => void warning.look(), lookInterval);
  const command = (name: string, work: (...args: any[]) => unknown) =>
    vscode.commands.registerCommand(`chaincode.${name}`, work);
  context.subscriptions.push(
    log,
    { dispose: stop },
    { dispose: () => clearInterval(looking) },
    vscode.workspace.registerTextDocumentContentProvider(ShownTexts.scheme, texts),
    vscode.window.registerWebviewViewProvider("chaincode.call", calls, {
      // An answer may come while the debugger's view is shown.
      webviewOptions: { retainContextWhenHidden: true },
    }),
    vscode.window.registerTreeDataProvider("chaincode.state", tree),
    command("refresh", () => {
      tree.refresh();
      return calls.refresh();
    }),
    command("filter", () => tree.filter()),
    command("more", () => tree.more()),
    command("showValue", showValue),
    command("logs", () => log.show()),
    command("test", () => test(client, log)),
    command("nextVersion", () => reported(nextVersion(client))),
  );
}

/** Texts that are shown and not files: nobody edits them, and none is asked to save them. */
class ShownTexts implements vscode.TextDocumentContentProvider {
  static readonly scheme = "chaincode";
  private readonly contents = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  uri(name: string, content: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: ShownTexts.scheme, path: `/${name.replaceAll("/", "\u2215")}` });
    this.contents.set(uri.toString(), content);
    this.changed.fire(uri);
    return uri;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.contents.get(uri.toString()) ?? "";
  }
}

const texts = new ShownTexts();

/** The world state in the editor's tree. */
class StateTree implements vscode.TreeDataProvider<StateNode> {
  private readonly model: StateModel;
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;

  constructor(client: SessionClient) {
    this.model = new StateModel(client);
  }

  refresh(): void {
    this.model.clear();
    this.changed.fire(undefined);
  }

  async filter(): Promise<void> {
    const prompt = "Beginning of the keys to show; empty for all";
    const prefix = await vscode.window.showInputBox({ prompt, value: this.model.prefix });
    if (prefix === undefined) return;
    this.model.clear(prefix);
    this.changed.fire(undefined);
  }

  async more(): Promise<void> {
    await this.model.more();
    this.changed.fire(undefined);
  }

  getChildren(node?: StateNode): Promise<StateNode[]> {
    return this.model.children(node);
  }

  getTreeItem(node: StateNode): vscode.TreeItem {
    const { label, description, tooltip, hasChildren } = lineOf(node);
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(label, hasChildren ? Collapsed : None);
    Object.assign(item, { description, tooltip });
    if (node.kind === "more") item.command = { command: "chaincode.more", title: "Show more" };
    if (node.kind === "key" || node.kind === "change")
      item.command = { command: "chaincode.showValue", title: "Show value", arguments: [node] };
    return item;
  }
}

async function showValue(node: StateNode): Promise<void> {
  if (node.kind !== "key" && node.kind !== "change") return;
  const [key, value] = node.kind === "key" ? [node.entry.key, node.entry.value] : [node.key, node.change.value];
  const content = value === undefined ? "(deleted)" : shown(value);
  const when = node.kind === "change" ? ` ${node.change.txID.slice(0, 12)}` : "";
  const document = await vscode.workspace.openTextDocument(
    texts.uri(`${keyInWords(key)}${when}${/^[[{]/.test(content) ? ".json" : ".txt"}`, content),
  );
  await vscode.window.showTextDocument(document, { preview: true, preserveFocus: true });
}

async function test(client: SessionClient, log: LogTerminal): Promise<void> {
  log.show();
  const location = vscode.ProgressLocation.Notification;
  const outcome = await reported(
    Promise.resolve(vscode.window.withProgress({ location, title: "Running the tests" }, () => client.test())),
  );
  if (outcome === undefined) return;
  if (outcome.passed) void vscode.window.showInformationMessage(`The tests have passed (${outcome.command}).`);
  else void vscode.window.showErrorMessage(`Tests have failed (${outcome.command}): see the log.`);
}

async function nextVersion(client: SessionClient): Promise<void> {
  const session = await client.session();
  const prompt = `Version that follows ${session.version} of ${session.chaincode}`;
  const version = await vscode.window.showInputBox({ prompt, value: followingVersion(session.version) });
  if (version === undefined) return;
  const made = await client.patch(version);
  const [project] = vscode.workspace.workspaceFolders ?? [];
  if (project === undefined) throw new Error("open the folder of the project first");
  const name = `.baas/${patchName(session.chaincode, version)}`;
  const file = vscode.Uri.joinPath(project.uri, name);
  await vscode.workspace.fs.writeFile(file, Buffer.from(made.patch));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file), { preview: false });
  const about = texts.uri(`Version ${version}.md`, describeVersion(made, name));
  await vscode.commands.executeCommand("markdown.showPreviewToSide", about);
  await vscode.commands.executeCommand("revealInExplorer", file);
  if (!session.hasRemote) return;
  const push = "Push a branch";
  const chosen = await vscode.window.showInformationMessage(`Version ${version} is a patch. Push it, too?`, push);
  if (chosen !== push) return;
  const { branch, remote } = await client.push(version);
  void vscode.window.showInformationMessage(`Branch ${branch} is pushed to ${remote}.`);
}

/** Tells why work has failed. */
async function reported<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    void vscode.window.showErrorMessage((error as Error).message);
    return undefined;
  }
}
