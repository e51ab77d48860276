import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./plainSecrets.fixtures";

describePolicy(fixtures);
