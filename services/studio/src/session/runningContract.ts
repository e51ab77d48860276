/** The contract of the session: it runs under Node's debugger, and anew after each change. */
import { type Watching, watchProject } from "../../../common/contract/changes";
import { ContractProcess } from "../../../common/contract/contractProcess";
import { launchConfiguration, writeLaunchConfiguration } from "../../../common/contract/launchConfiguration";
import { type ChaincodeProject, contractCommand, projectIn } from "../../../common/contract/project";
import { messageOf } from "../../../common/failure";
import { type Metadata, readMetadata } from "./chaincode/contractMetadata";
import type { Logs } from "./logs";
import type { ContractDescription } from "./protocol";

/** Arguments of {@link RunningContract}. */
export interface RunningContractArgs {
  folder: string;
  packageId: string;
  /** Ports of the loopback: of the contract, and of its debugger. */
  port: number;
  debugPort: number;
  logs: Logs;
}

/** Longest wait for what a contract says about itself, in milliseconds. */
const patience = 5000;

/** Runs a contract until it is stopped. */
export class RunningContract {
  readonly project: ChaincodeProject;
  private readonly contract: ContractProcess;
  private watching: Watching | undefined;
  private runs = 0;
  private known: { run: number; metadata: Metadata } | undefined;

  constructor(private readonly args: RunningContractArgs) {
    const { folder, packageId, port, debugPort, logs } = args;
    this.project = projectIn(folder);
    const command = contractCommand(this.project, { packageId, port, debugPort });
    const output = (text: string): void => logs.add("contract", text);
    this.contract = new ContractProcess({ ...command, output }, port, this.say);
  }

  /** Runs it, and from now on anew after each change. */
  start(): void {
    const configuration = launchConfiguration(this.project, this.args.debugPort);
    const file = writeLaunchConfiguration(this.project.folder, configuration);
    if (file === undefined)
      this.say(`.vscode/launch.json has comments, so add this yourself: ${JSON.stringify(configuration)}`);
    const changed = (): void => void this.restart().catch((error: unknown) => this.say(messageOf(error)));
    this.watching = watchProject(this.project, changed, this.say);
  }

  /** Waits until it takes connections; answers with its port. */
  readonly listening = async (): Promise<number> => {
    await this.contract.listening();
    return this.args.port;
  };

  /** What it says about itself; if it stands at a breakpoint, what it has said before. */
  async describe(): Promise<ContractDescription> {
    const run = this.runs;
    if (this.known?.run === run) return described(this.known.metadata);
    try {
      const signal = AbortSignal.timeout(patience);
      const late = new Promise<never>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("the contract does not run yet: see its log")));
      });
      const port = await Promise.race([this.listening(), late]);
      const metadata = await readMetadata(port, signal);
      this.known = { run, metadata };
      return described(metadata);
    } catch (error) {
      const { functions, schemas } = this.known?.metadata ?? { functions: [], schemas: {} };
      return { isRunning: false, problem: messageOf(error), functions, schemas };
    }
  }

  async stop(): Promise<void> {
    this.watching?.stop();
    await this.contract.stop();
  }

  private async restart(): Promise<void> {
    await this.contract.restart();
    await this.contract.listening();
    this.runs++;
    this.say(this.runs === 1 ? "the contract runs" : "the changed contract runs");
  }

  private readonly say = (line: string): void => this.args.logs.add("session", line);
}

const described = ({ functions, schemas }: Metadata): ContractDescription => ({ isRunning: true, functions, schemas });
