import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./endorsementBySingle.fixtures";

describePolicy(fixtures);
