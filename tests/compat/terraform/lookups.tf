# The same things by name and by id, as other configurations would look them up.

data "confluent_organization" "mine" {
  depends_on = [confluent_environment.main]
}

data "confluent_environment" "by_id" {
  id = confluent_environment.main.id
}

data "confluent_environments" "all" {
  depends_on = [confluent_environment.main]
}

data "confluent_schema_registry_cluster" "governed" {
  environment {
    id = confluent_environment.main.id
  }

  depends_on = [confluent_kafka_cluster.basic]
}

data "confluent_kafka_cluster" "by_id" {
  id = confluent_kafka_cluster.dedicated.id

  environment {
    id = confluent_environment.main.id
  }
}

data "confluent_kafka_clusters" "all" {
  environment {
    id = confluent_environment.main.id
  }

  depends_on = [
    confluent_kafka_cluster.basic,
    confluent_kafka_cluster.standard,
    confluent_kafka_cluster.dedicated,
  ]
}

data "confluent_service_account" "by_name" {
  display_name = confluent_service_account.producer.display_name
}

data "confluent_role_binding" "by_id" {
  id = confluent_role_binding.manager_admin.id
}

data "confluent_kafka_topic" "orders" {
  kafka_cluster {
    id = confluent_kafka_cluster.basic.id
  }

  topic_name    = confluent_kafka_topic.orders.topic_name
  rest_endpoint = confluent_kafka_cluster.basic.rest_endpoint

  credentials {
    key    = confluent_api_key.manager.id
    secret = confluent_api_key.manager.secret
  }
}

data "confluent_users" "all" {}

output "organization" {
  value = data.confluent_organization.mine.id
}

output "lookups" {
  value = {
    environment     = data.confluent_environment.by_id.display_name
    registry        = data.confluent_schema_registry_cluster.governed.id
    dedicated_cku   = one(data.confluent_kafka_cluster.by_id.dedicated[*].cku)
    clusters        = length(data.confluent_kafka_clusters.all.clusters)
    service_account = data.confluent_service_account.by_name.id
    role            = data.confluent_role_binding.by_id.role_name
    partitions      = data.confluent_kafka_topic.orders.partitions_count
  }
}
