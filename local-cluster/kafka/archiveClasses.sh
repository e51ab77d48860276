#!/bin/bash
# Makes the archives of classes, with which servers start in half the time and need less memory: runs a ZooKeeper server and a
# broker over TLS until they serve, and stops them. Runs in the image's root file system, with a network of its own.
#
# The broker's is called as in upstream's image: /opt/kafka/kafka.jsa. That of ZooKeeper is /opt/kafka/zookeeper.jsa.
set -euo pipefail
home=/opt/kafka
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export LOG_DIR=$work/logs

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout key.pem -out certificate.pem \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1
cat key.pem certificate.pem >server.pem

cat >zookeeper.properties <<PROPERTIES
dataDir=$work/zookeeper
secureClientPort=2182
admin.enableServer=false
serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider
ssl.clientAuth=need
ssl.keyStore.type=PEM
ssl.keyStore.location=$work/server.pem
ssl.trustStore.type=PEM
ssl.trustStore.location=$work/certificate.pem
PROPERTIES

cat >broker.properties <<PROPERTIES
broker.id=0
log.dirs=$work/broker
listeners=SSL://127.0.0.1:9093
inter.broker.listener.name=SSL
authorizer.class.name=kafka.security.authorizer.AclAuthorizer
super.users=User:CN=localhost
ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location=$work/server.pem
ssl.truststore.type=PEM
ssl.truststore.location=$work/certificate.pem
zookeeper.connect=localhost:2182
zookeeper.clientCnxnSocket=org.apache.zookeeper.ClientCnxnSocketNetty
zookeeper.ssl.client.enable=true
zookeeper.ssl.keystore.type=PEM
zookeeper.ssl.keystore.location=$work/server.pem
zookeeper.ssl.truststore.type=PEM
zookeeper.ssl.truststore.location=$work/certificate.pem
PROPERTIES

start() { # script, archive, properties
  KAFKA_HEAP_OPTS=-Xmx256m KAFKA_JVM_PERFORMANCE_OPTS="-XX:+UseSerialGC -XX:ArchiveClassesAtExit=$home/$2.jsa" \
    "$home/bin/$1" "$work/$3.properties" >"$work/$3.log" 2>&1 &
}

until_open() { # port, log
  for _ in $(seq 240); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.5
  done
  tail -n 5 "$work/$2.log" >&2
  return 1
}

start zookeeper-server-start.sh zookeeper zookeeper
zookeeper=$!
until_open 2182 zookeeper
start kafka-server-start.sh kafka broker
broker=$!
until_open 9093 broker
for _ in $(seq 120); do
  if grep -q "started (kafka.server.KafkaServer)" "$work/broker.log"; then break; fi
  sleep 0.5
done
# A first request loads what answers it.
cat >client.properties <<PROPERTIES
security.protocol=SSL
ssl.keystore.type=PEM
ssl.keystore.location=$work/server.pem
ssl.truststore.type=PEM
ssl.truststore.location=$work/certificate.pem
PROPERTIES
KAFKA_LOG4J_OPTS= "$home/bin/kafka-run-class.sh" org.apache.kafka.tools.TopicCommand --bootstrap-server 127.0.0.1:9093 \
  --command-config client.properties --create --topic warm --partitions 1 >client.log 2>&1
# A Java program that is ended by a signal ends with 143, after it has written its archive.
kill "$broker"
wait "$broker" || [ $? -eq 143 ]
kill "$zookeeper"
wait "$zookeeper" || [ $? -eq 143 ]
chmod 0644 "$home"/*.jsa
