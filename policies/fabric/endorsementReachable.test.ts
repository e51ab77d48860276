import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./endorsementReachable.fixtures";

describePolicy(fixtures);
