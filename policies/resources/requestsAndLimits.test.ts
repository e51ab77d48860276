import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./requestsAndLimits.fixtures";

describePolicy(fixtures);
