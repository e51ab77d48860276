import { describePolicy } from "../testing/describePolicy";
import { fixtures } from "./kafkaNames.fixtures";

describePolicy(fixtures);
