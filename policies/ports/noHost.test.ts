import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./noHost.fixtures";

describePolicy(fixtures);
