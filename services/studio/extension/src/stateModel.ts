/** The world state as a tree: keys, and below each its history. Knows nothing of the editor. */
import type { HistoryEntry, StateEntry } from "../../src/session/protocol";
import type { SessionClient } from "./sessionClient";
import { inShort, keyInWords } from "./words";

/** A line of the tree. */
export type StateNode =
  | { kind: "key"; entry: StateEntry }
  | { kind: "change"; key: string; change: HistoryEntry }
  | { kind: "more" }
  | { kind: "message"; text: string };

/** How a line is shown. */
export interface StateLine {
  label: string;
  description: string;
  tooltip: string;
  hasChildren: boolean;
}

/** Pages of the world state that have been asked for. */
export class StateModel {
  prefix = "";
  private entries: StateEntry[] = [];
  private bookmark: string | undefined = "";
  private problem: string | undefined;

  constructor(private readonly client: Pick<SessionClient, "state" | "history">) {}

  /** Forgets what it has; the next look asks anew. */
  clear(prefix = this.prefix): void {
    this.prefix = prefix;
    this.entries = [];
    this.bookmark = "";
    this.problem = undefined;
  }

  /** Asks for the next page. */
  async more(): Promise<void> {
    if (this.bookmark === undefined) return;
    try {
      const page = await this.client.state(this.prefix, this.bookmark);
      this.entries.push(...page.entries);
      this.bookmark = page.bookmark;
      this.problem = undefined;
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  async children(of?: StateNode): Promise<StateNode[]> {
    if (of?.kind === "key") return this.changes(of.entry.key);
    if (of !== undefined) return [];
    if (this.entries.length === 0) await this.more();
    if (this.problem !== undefined) return [{ kind: "message", text: this.problem }];
    if (this.entries.length === 0) return [{ kind: "message", text: "there are no keys" }];
    const more: StateNode[] = this.bookmark === undefined ? [] : [{ kind: "more" }];
    return [...this.entries.map((entry): StateNode => ({ kind: "key", entry })), ...more];
  }

  private async changes(key: string): Promise<StateNode[]> {
    try {
      const { entries, isCut } = await this.client.history(key);
      const found = entries.map((change): StateNode => ({ kind: "change", key, change }));
      return isCut ? [...found, { kind: "message", text: "older changes are not shown" }] : found;
    } catch (error) {
      return [{ kind: "message", text: (error as Error).message }];
    }
  }
}

/** How a line of the tree is shown. */
export function lineOf(node: StateNode): StateLine {
  switch (node.kind) {
    case "key": {
      const { key, value } = node.entry;
      return {
        label: keyInWords(key),
        description: inShort(value),
        tooltip: "Its history is below.",
        hasChildren: true,
      };
    }
    case "change": {
      const { at, txID, value } = node.change;
      return {
        label: at.replace("T", " ").replace(/\.\d+Z$/, ""),
        description: value === undefined ? "deleted" : inShort(value),
        tooltip: `transaction ${txID}`,
        hasChildren: false,
      };
    }
    case "more":
      return { label: "Show more…", description: "", tooltip: "", hasChildren: false };
    case "message":
      return { label: node.text, description: "", tooltip: node.text, hasChildren: false };
  }
}
