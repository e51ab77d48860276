import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./kafkaReplication.fixtures";

describePolicy(fixtures);
