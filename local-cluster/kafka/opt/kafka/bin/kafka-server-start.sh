#!/bin/bash
# Starts a Kafka broker: kafka-server-start.sh PROPERTIES_FILE
export KAFKA_HEAP_OPTS=${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G}
exec "$(dirname "${BASH_SOURCE[0]}")/kafka-run-class.sh" kafka.Kafka "$@"
