/** The entry point of the command: parses the command line and runs the command. */
import { version } from "../package.json";
import { commandLine } from "./commands";

void commandLine(version).parseAsync();
