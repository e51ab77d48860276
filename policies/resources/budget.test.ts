import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./budget.fixtures";

describePolicy(fixtures);
