import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./orderingUnchanged.fixtures";

describePolicy(fixtures);
