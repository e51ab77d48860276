import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./spread.fixtures";

describePolicy(fixtures);
