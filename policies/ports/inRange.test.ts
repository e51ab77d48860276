import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./inRange.fixtures";

describePolicy(fixtures);
