import java.io.BufferedOutputStream;
import java.io.FileInputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The Java client of the compatibility suite. Each command prints one line per fact, fields
 * separated by tabs; the Python side judges. Arguments: COMMAND PROPERTIES-FILE and what the
 * command needs.
 */
public final class Compat {
  private static final ConfigResource.Type TOPIC = ConfigResource.Type.TOPIC;

  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    try (FileInputStream in = new FileInputStream(args[1])) {
      properties.load(in);
    }
    switch (args[0]) {
      case "consume" -> consume(properties, args[2], Long.parseLong(args[3]), Path.of(args[4]));
      case "produce" -> produce(properties, args[2], Path.of(args[3]), args[4]);
      case "group" -> group(properties, args[2], args[3]);
      case "admin" -> admin(properties, args[2], args[3]);
      case "quotas" -> quotas(properties, args[2]);
      case "transactional" -> transactional(properties, args[2]);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  /** Reads COUNT records from the start of all partitions and writes them as lines. */
  private static void consume(Properties properties, String topic, long count, Path out)
      throws Exception {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(properties, null);
        OutputStream lines = new BufferedOutputStream(Files.newOutputStream(out), 1 << 20)) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .collect(Collectors.toList());
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long seen = 0;
      long idleSince = System.nanoTime();
      while (seen < count && System.nanoTime() - idleSince < 30_000_000_000L) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
          write(lines, record);
          seen++;
          idleSince = System.nanoTime();
        }
      }
      fact("records", String.valueOf(seen));
    }
  }

  private static void write(OutputStream lines, ConsumerRecord<byte[], byte[]> record)
      throws Exception {
    String position = record.partition() + "\t" + record.offset() + "\t";
    lines.write(position.getBytes(StandardCharsets.US_ASCII));
    lines.write(record.key());
    lines.write('\t');
    lines.write(record.value());
    lines.write('\n');
  }

  /** Sends the lines "key TAB value" of a file, idempotently, and reports each place. */
  private static void produce(Properties properties, String topic, Path in, String codec)
      throws Exception {
    properties.put("acks", "all");
    properties.put("enable.idempotence", "true");
    properties.put("compression.type", codec);
    List<Future<RecordMetadata>> places = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = producer(properties)) {
      for (String line : Files.readAllLines(in)) {
        String[] parts = line.split("\t", 2);
        byte[] key = parts[0].getBytes(StandardCharsets.UTF_8);
        byte[] value = parts[1].getBytes(StandardCharsets.UTF_8);
        places.add(producer.send(new ProducerRecord<>(topic, key, value)));
      }
      producer.flush();
      for (Future<RecordMetadata> place : places) {
        fact("sent", place.get().partition() + "\t" + place.get().offset());
      }
    }
  }

  /** Two members share a topic; the second joins, then leaves. */
  private static void group(Properties properties, String topic, String group) throws Exception {
    properties.put("session.timeout.ms", "6000");
    properties.put("heartbeat.interval.ms", "500");
    KafkaConsumer<byte[], byte[]> first = consumer(properties, group);
    KafkaConsumer<byte[], byte[]> second = consumer(properties, group);
    int all = first.partitionsFor(topic).size();
    first.subscribe(List.of(topic));
    fact("alone", pollUntil(() -> first.assignment().size() == all, first));
    second.subscribe(List.of(topic));
    fact("shared", pollUntil(() -> shared(first, second, all), first, second));
    fact("first", partitions(first.assignment()));
    fact("second", partitions(second.assignment()));
    first.commitSync();
    second.close();
    fact("inherited", pollUntil(() -> first.assignment().size() == all, first));
    first.close();
  }

  private static boolean shared(KafkaConsumer<?, ?> first, KafkaConsumer<?, ?> second, int all) {
    int one = first.assignment().size();
    int other = second.assignment().size();
    return one > 0 && other > 0 && one + other == all;
  }

  private static String pollUntil(Callable<Boolean> done, KafkaConsumer<?, ?>... members)
      throws Exception {
    long deadline = System.nanoTime() + 45_000_000_000L;
    while (System.nanoTime() < deadline) {
      for (KafkaConsumer<?, ?> member : members) {
        member.poll(Duration.ofMillis(100));
      }
      if (done.call()) {
        return "ok";
      }
    }
    return "timeout";
  }

  /** Every admin call of the first surface; each line is "name TAB ok|exception TAB detail". */
  private static void admin(Properties properties, String topic, String group) throws Exception {
    try (Admin admin = Admin.create(properties)) {
      attempt("describe-cluster", () -> admin.describeCluster().nodes().get().size());
      NewTopic wanted = new NewTopic(topic, 2, (short) 1).configs(Map.of("retention.ms", "600000"));
      attempt("create", () -> admin.createTopics(List.of(wanted)).all().get());
      attempt("create-again", () -> admin.createTopics(List.of(wanted)).all().get());
      attempt("list", () -> admin.listTopics().names().get().contains(topic));
      attempt("describe", () -> describe(admin, topic));
      attempt("partitions", () -> grow(admin, topic, 5));
      attempt("partitions-fewer", () -> grow(admin, topic, 3));
      attempt("config-set", () -> alter(admin, topic, "max.message.bytes", "2000000"));
      attempt("config-get", () -> config(admin, topic, "max.message.bytes"));
      attempt("config-kept", () -> config(admin, topic, "retention.ms"));
      attempt("config-unknown", () -> alter(admin, topic, "no.such.config", "1"));
      attempt("offsets", () -> offsets(admin, topic, OffsetSpec.latest()));
      attempt("offsets-earliest", () -> offsets(admin, topic, OffsetSpec.earliest()));
      attempt("groups", () -> admin.listConsumerGroups().all().get().size());
      attempt("group-offsets", () -> admin.listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata().get().size());
      attempt("group-delete", () -> admin.deleteConsumerGroups(List.of(group)).all().get());
      attempt("delete", () -> admin.deleteTopics(List.of(topic)).all().get());
      attempt("delete-again", () -> admin.deleteTopics(List.of(topic)).all().get());
    }
  }

  /** What a user may send and read, as Kafka's own tools set it. */
  private static void quotas(Properties properties, String user) throws Exception {
    try (Admin admin = Admin.create(properties)) {
      attempt("none", () -> quotasOf(admin, user));
      attempt("set", () -> setQuota(admin, ClientQuotaEntity.USER, user, "producer_byte_rate", 1e6));
      attempt("one", () -> quotasOf(admin, user));
      attempt("second", () -> setQuota(admin, ClientQuotaEntity.USER, user, "consumer_byte_rate", 2e6));
      attempt("both", () -> quotasOf(admin, user));
      attempt("removed", () -> setQuota(admin, ClientQuotaEntity.USER, user, "producer_byte_rate", null));
      attempt("left", () -> quotasOf(admin, user));
      attempt("gone", () -> setQuota(admin, ClientQuotaEntity.USER, user, "consumer_byte_rate", null));
      attempt("nothing", () -> quotasOf(admin, user));
      attempt("stranger", () -> setQuota(admin, ClientQuotaEntity.USER, "sa-none", "producer_byte_rate", 1e6));
      attempt("client", () -> setQuota(admin, ClientQuotaEntity.CLIENT_ID, "c", "producer_byte_rate", 1e6));
      attempt("requests", () -> setQuota(admin, ClientQuotaEntity.USER, user, "request_percentage", 50.0));
    }
  }

  private static Object setQuota(Admin admin, String type, String name, String key, Double value)
      throws Exception {
    ClientQuotaEntity entity = new ClientQuotaEntity(Map.of(type, name));
    ClientQuotaAlteration.Op op = new ClientQuotaAlteration.Op(key, value);
    return admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, List.of(op)))).all().get();
  }

  private static Object quotasOf(Admin admin, String user) throws Exception {
    ClientQuotaFilterComponent one = ClientQuotaFilterComponent.ofEntity(ClientQuotaEntity.USER, user);
    var found = admin.describeClientQuotas(ClientQuotaFilter.contains(List.of(one))).entities().get();
    return new TreeMap<>(found.getOrDefault(new ClientQuotaEntity(Map.of(ClientQuotaEntity.USER, user)), Map.of()));
  }

  private static Object describe(Admin admin, String topic) throws Exception {
    return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
  }

  private static Object grow(Admin admin, String topic, int count) throws Exception {
    return admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(count))).all().get();
  }

  private static Object alter(Admin admin, String topic, String name, String value)
      throws Exception {
    AlterConfigOp set = new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    ConfigResource resource = new ConfigResource(TOPIC, topic);
    return admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
  }

  private static Object config(Admin admin, String topic, String name) throws Exception {
    ConfigResource resource = new ConfigResource(TOPIC, topic);
    return admin.describeConfigs(List.of(resource)).all().get().get(resource).get(name).value();
  }

  private static Object offsets(Admin admin, String topic, OffsetSpec spec) throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
  }

  /** A broker without transactions must say so soon; the line tells how and how fast. */
  private static void transactional(Properties properties, String id) {
    properties.put("transactional.id", id);
    properties.put("max.block.ms", "20000");
    long start = System.nanoTime();
    try (KafkaProducer<byte[], byte[]> producer = producer(properties)) {
      attempt("init", () -> {
        producer.initTransactions();
        return "";
      });
    }
    fact("elapsed-ms", String.valueOf((System.nanoTime() - start) / 1_000_000));
  }

  private static void attempt(String name, Callable<Object> action) {
    try {
      fact(name, "ok\t" + action.call());
    } catch (ExecutionException error) {
      fact(name, describe(error.getCause()));
    } catch (Exception error) {
      fact(name, describe(error));
    }
  }

  private static String describe(Throwable error) {
    String text = String.valueOf(error.getMessage()).replace('\n', ' ').replace('\t', ' ');
    return error.getClass().getSimpleName() + "\t" + text;
  }

  private static void fact(String name, String detail) {
    System.out.println(name + "\t" + detail);
    System.out.flush();
  }

  private static String partitions(Collection<TopicPartition> assigned) {
    Set<Integer> numbers = new TreeSet<>();
    assigned.forEach(partition -> numbers.add(partition.partition()));
    return Arrays.toString(numbers.toArray());
  }

  private static KafkaConsumer<byte[], byte[]> consumer(Properties base, String group) {
    Properties properties = new Properties();
    properties.putAll(base);
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", "earliest");
    properties.put("allow.auto.create.topics", "false");
    if (group != null) {
      properties.put("group.id", group);
    }
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    return new KafkaConsumer<>(properties, bytes, bytes);
  }

  private static KafkaProducer<byte[], byte[]> producer(Properties properties) {
    ByteArraySerializer bytes = new ByteArraySerializer();
    return new KafkaProducer<>(properties, bytes, bytes);
  }
}
