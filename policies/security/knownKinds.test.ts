import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./knownKinds.fixtures";

describePolicy(fixtures);
