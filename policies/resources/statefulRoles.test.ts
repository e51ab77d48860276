import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./statefulRoles.fixtures";

describePolicy(fixtures);
