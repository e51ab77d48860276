import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./podSecurity.fixtures";

describePolicy(fixtures);
