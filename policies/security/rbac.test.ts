import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./rbac.fixtures";

describePolicy(fixtures);
