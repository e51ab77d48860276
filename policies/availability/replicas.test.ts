import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./replicas.fixtures";

describePolicy(fixtures);
