import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./defaultPasswords.fixtures";

describePolicy(fixtures);
