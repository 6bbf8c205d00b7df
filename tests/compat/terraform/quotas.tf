# How fast the producer may use the dedicated cluster, and everybody else.

resource "confluent_kafka_client_quota" "producer" {
  display_name = var.changed ? "${var.tag}-quota-renamed" : "${var.tag}-quota"
  description  = "Set by Terraform"

  throughput {
    ingress_byte_rate = var.changed ? "2000000" : "1000000"
    egress_byte_rate  = "5000000"
  }

  principals = var.changed ? [confluent_service_account.producer.id, confluent_service_account.consumer.id] : [confluent_service_account.producer.id]

  kafka_cluster {
    id = confluent_kafka_cluster.dedicated.id
  }

  environment {
    id = confluent_environment.main.id
  }
}

resource "confluent_kafka_client_quota" "everybody" {
  display_name = "${var.tag}-everybody"
  description  = "Everybody without a quota"

  throughput {
    ingress_byte_rate = "500000"
    egress_byte_rate  = "500000"
  }

  principals = ["<default>"]

  kafka_cluster {
    id = confluent_kafka_cluster.dedicated.id
  }

  environment {
    id = confluent_environment.main.id
  }
}
