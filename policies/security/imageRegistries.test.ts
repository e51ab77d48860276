import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./imageRegistries.fixtures";

describePolicy(fixtures);
