#!/bin/bash
# Starts a ZooKeeper server: zookeeper-server-start.sh PROPERTIES_FILE
export KAFKA_HEAP_OPTS=${KAFKA_HEAP_OPTS:--Xmx512M -Xms512M}
exec "$(dirname "${BASH_SOURCE[0]}")/kafka-run-class.sh" org.apache.zookeeper.server.quorum.QuorumPeerMain "$@"
