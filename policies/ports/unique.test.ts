import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./unique.fixtures";

describePolicy(fixtures);
