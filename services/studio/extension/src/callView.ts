/** The view with the forms. */
import type * as vscode from "vscode";

import { callDocument } from "./callDocument";
import type { FromPage, ToPage } from "./callMessages";
import type { SessionClient } from "./sessionClient";

/** Shows the forms, and makes the calls. */
export class CallView implements vscode.WebviewViewProvider {
  private view: vscode.WebviewView | undefined;

  /**
   * @param script - of the page
   * @param called - told after each call that may have written
   */
  constructor(
    private readonly client: SessionClient,
    private readonly script: string,
    private readonly called: () => void,
  ) {}

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: [] };
    view.webview.html = callDocument(this.script);
    view.webview.onDidReceiveMessage((message: FromPage) => void this.receive(message));
    view.onDidChangeVisibility(() => view.visible && void this.refresh());
    view.onDidDispose(() => (this.view = undefined));
  }

  /** Asks the contract what it is now. */
  async refresh(): Promise<void> {
    try {
      const [session, contract] = await Promise.all([this.client.session(), this.client.contract()]);
      this.post({ type: "contract", session, contract });
    } catch (error) {
      this.post({ type: "missing", reason: (error as Error).message });
    }
  }

  private async receive(message: FromPage): Promise<void> {
    if (message.type === "ready") return this.refresh();
    const { id, request } = message;
    try {
      this.post({ type: "outcome", id, outcome: await this.client.call(request) });
      if (request.kind === "submit") this.called();
    } catch (error) {
      this.post({ type: "failed", id, reason: (error as Error).message });
    }
  }

  private post(message: ToPage): void {
    void this.view?.webview.postMessage(message);
  }
}
