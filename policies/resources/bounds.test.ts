import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./bounds.fixtures";

describePolicy(fixtures);
