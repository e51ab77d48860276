import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./networkPolicies.fixtures";

describePolicy(fixtures);
