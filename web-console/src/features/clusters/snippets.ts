export interface Place {
  /** `host:port` */
  bootstrap: string;
  key: string;
  secret: string;
}

export interface Snippet {
  name: string;
  code: (place: Place) => string;
}

const properties = ({ bootstrap, key, secret }: Place) => `bootstrap.servers=${bootstrap}
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="${key}" password="${secret}";
ssl.truststore.type=PEM
ssl.truststore.location=ca.pem`;

/** What each client needs to reach a cluster over TLS. `ca.pem` is the certificate in the folder `tls` of Weir's data. */
export const SNIPPETS: Snippet[] = [
  {
    name: "Python",
    code: ({ bootstrap, key, secret }) => `from confluent_kafka import Producer

producer = Producer({
    "bootstrap.servers": "${bootstrap}",
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "${key}",
    "sasl.password": "${secret}",
    "ssl.ca.location": "ca.pem",
})
producer.produce("orders", key="o-1", value=b'{"total": 12}')
producer.flush()`,
  },
  {
    name: "Go",
    code: ({ bootstrap, key, secret }) => `p, err := kafka.NewProducer(&kafka.ConfigMap{
    "bootstrap.servers": "${bootstrap}",
    "security.protocol": "SASL_SSL",
    "sasl.mechanisms":   "PLAIN",
    "sasl.username":     "${key}",
    "sasl.password":     "${secret}",
    "ssl.ca.location":   "ca.pem",
})`,
  },
  {
    name: "Node.js",
    code: ({ bootstrap, key, secret }) => `import { readFileSync } from "node:fs";
import { Kafka } from "kafkajs";

const kafka = new Kafka({
  brokers: ["${bootstrap}"],
  ssl: { ca: [readFileSync("ca.pem")] },
  sasl: { mechanism: "plain", username: "${key}", password: "${secret}" },
});`,
  },
  {
    name: "Rust",
    code: ({ bootstrap, key, secret }) => `let producer: FutureProducer = ClientConfig::new()
    .set("bootstrap.servers", "${bootstrap}")
    .set("security.protocol", "SASL_SSL")
    .set("sasl.mechanism", "PLAIN")
    .set("sasl.username", "${key}")
    .set("sasl.password", "${secret}")
    .set("ssl.ca.location", "ca.pem")
    .create()?;`,
  },
  {
    name: "kcat",
    code: ({
      bootstrap,
      key,
      secret,
    }) => `kcat -b ${bootstrap} -X security.protocol=SASL_SSL -X sasl.mechanism=PLAIN \\
  -X sasl.username=${key} -X sasl.password=${secret} -X ssl.ca.location=ca.pem \\
  -C -t orders -e`,
  },
  { name: "Java and properties", code: properties },
];
