import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./consenters.fixtures";

describePolicy(fixtures);
