import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./onlyGateway.fixtures";

describePolicy(fixtures);
