import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./disruptionBudgets.fixtures";

describePolicy(fixtures);
