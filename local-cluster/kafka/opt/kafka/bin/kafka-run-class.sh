#!/bin/bash
# Runs a class of Kafka's jars: kafka-run-class.sh [-name NAME] [-loggc] CLASS [ARGUMENT...]
# Takes the same environment variables as upstream's script: KAFKA_HEAP_OPTS, KAFKA_JVM_PERFORMANCE_OPTS, KAFKA_LOG4J_OPTS,
# KAFKA_JMX_OPTS, KAFKA_OPTS, LOG_DIR.
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
while [[ $1 == -* ]]; do
  case $1 in
    -name) shift 2 ;;
    *) shift ;;
  esac
done
# In this order the archive of classes was made, which is of no use for another one.
classpath=$(printf '%s:' "$home"/libs/*.jar)
exec java \
  ${KAFKA_HEAP_OPTS:--Xmx256M} \
  ${KAFKA_JVM_PERFORMANCE_OPTS:--server -XX:+UseG1GC} \
  ${KAFKA_JMX_OPTS:-} \
  -Dkafka.logs.dir="${LOG_DIR:-$home/logs}" \
  ${KAFKA_LOG4J_OPTS:--Dlog4j.configuration=file:$home/config/log4j.properties} \
  -cp "${classpath%:}" \
  ${KAFKA_OPTS:-} \
  "$@"
