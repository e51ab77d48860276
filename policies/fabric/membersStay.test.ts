import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./membersStay.fixtures";

describePolicy(fixtures);
