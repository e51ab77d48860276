/** The start of the command: reads the command line and runs what it asks for. */
import { version } from "../package.json";
import { commandLine } from "./commands";

void commandLine(version).parseAsync();
