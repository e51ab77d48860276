/** How much memory Java takes in brokers and ZooKeepers, and how it starts, by size profile. */
import type { Size } from "../../model/stackFile/schema";

/** A server that runs on Java. */
export type JavaServer = "kafka" | "zookeeper";

const heaps: Record<Size, Record<JavaServer, string>> = {
  // A broker took messages of 20 MB with this heap.
  small: { kafka: "128m", zookeeper: "64m" },
  medium: { kafka: "1g", zookeeper: "512m" },
};

/**
 * The environment variables of the scripts that start servers.
 *
 * @param log4jFile - path of log4j's configuration
 */
export function javaEnvironment(size: Size, server: JavaServer, log4jFile: string): { name: string; value: string }[] {
  const heap = heaps[size][server];
  // A small heap needs no collector with threads of its own, and a server that mostly waits no second compiler.
  const running = size === "small" ? ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"] : ["-XX:+UseG1GC"];
  // Java does without an archive that is missing or of another Java.
  const starting = [`-XX:SharedArchiveFile=/opt/kafka/${server}.jsa`, "-XX:+ExitOnOutOfMemoryError"];
  return [
    { name: "KAFKA_HEAP_OPTS", value: `-Xms${size === "small" ? "32m" : heap} -Xmx${heap}` },
    {
      name: "KAFKA_JVM_PERFORMANCE_OPTS",
      value: ["-server", ...running, ...starting, "-Djava.awt.headless=true"].join(" "),
    },
    { name: "KAFKA_LOG4J_OPTS", value: `-Dlog4j.configuration=file:${log4jFile}` },
    // Without the option for a log of the collector, which the scripts add.
    { name: "EXTRA_ARGS", value: `-name ${server}` },
    { name: "LOG_DIR", value: "/tmp/logs" },
  ];
}

/** log4j's configuration: everything to the container's log. */
export const log4jProperties = [
  "log4j.rootLogger=INFO, stdout",
  "log4j.appender.stdout=org.apache.log4j.ConsoleAppender",
  "log4j.appender.stdout.layout=org.apache.log4j.PatternLayout",
  "log4j.appender.stdout.layout.ConversionPattern=%d{ISO8601} %p %m (%c)%n",
  // All properties, at each start.
  ...["kafka.server.KafkaConfig", "org.apache.zookeeper.server.quorum.QuorumPeerConfig"].map(
    (name) => `log4j.logger.${name}=WARN`,
  ),
  // Twenty lines about the environment, twice.
  "log4j.logger.org.apache.zookeeper.ZooKeeper=WARN",
  "log4j.logger.org.apache.zookeeper.server.ZooKeeperServer=WARN",
  "",
].join("\n");
