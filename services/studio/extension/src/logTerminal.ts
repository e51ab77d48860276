/** The log of contract, tests and session, in a terminal of its own: an output channel needs a native library that not every build has. */
import type * as vscode from "vscode";

import type { LogLine } from "../../src/session/protocol";

/** Lines that are kept for the terminal. */
const kept = 2000;

/** What the log needs of the editor. */
export interface Terminals {
  createTerminal(options: vscode.ExtensionTerminalOptions): vscode.Terminal;
}

/** Keeps lines, and shows them in a terminal when it is wanted. */
export class LogTerminal {
  private readonly lines: string[] = [];
  private shown: { terminal: vscode.Terminal; write: (text: string) => void } | undefined;

  /** @param newEmitter - makes an event of the editor's */
  constructor(
    private readonly terminals: Terminals,
    private readonly newEmitter: <T>() => vscode.EventEmitter<T>,
  ) {}

  add({ source, text }: LogLine): void {
    const line = `${source === "contract" ? "" : `[${source}] `}${text}\r\n`;
    this.lines.push(line);
    if (this.lines.length > kept) this.lines.shift();
    this.shown?.write(line);
  }

  show(): void {
    this.shown ??= this.open();
    this.shown.terminal.show(true);
  }

  dispose(): void {
    this.shown?.terminal.dispose();
  }

  private open() {
    const written = this.newEmitter<string>();
    let isOpen = false;
    const pty: vscode.Pseudoterminal = {
      onDidWrite: written.event,
      open: () => {
        isOpen = true;
        written.fire(this.lines.join(""));
      },
      close: () => (this.shown = undefined),
    };
    const terminal = this.terminals.createTerminal({ name: "Chaincode", pty });
    // What comes before it is open is written when it is.
    return { terminal, write: (text: string) => isOpen && written.fire(text) };
  }
}
