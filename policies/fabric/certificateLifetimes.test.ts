import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./certificateLifetimes.fixtures";

describePolicy(fixtures);
