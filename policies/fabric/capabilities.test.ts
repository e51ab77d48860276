import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./capabilities.fixtures";

describePolicy(fixtures);
