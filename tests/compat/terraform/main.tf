# What a team keeps in its own repository: an environment, clusters of three tiers, accounts, keys,
# roles, topics and ACLs. `var.changed` flips every attribute that can change in place.

terraform {
  required_providers {
    confluent = {
      source = "confluentinc/confluent"
    }
  }
}

# The Cloud API key comes from CONFLUENT_CLOUD_API_KEY and CONFLUENT_CLOUD_API_SECRET.
provider "confluent" {
  endpoint = var.endpoint
}

resource "confluent_environment" "main" {
  display_name = var.changed ? "${var.tag}-renamed" : var.tag

  stream_governance {
    package = var.changed ? "ADVANCED" : "ESSENTIALS"
  }
}

resource "confluent_kafka_cluster" "basic" {
  display_name = "${var.tag}-basic"
  availability = "SINGLE_ZONE"
  cloud        = "AWS"
  region       = "us-east-2"

  basic {}

  environment {
    id = confluent_environment.main.id
  }
}

# Begins as Basic and becomes Standard, the one change of a tier that the public API knows.
resource "confluent_kafka_cluster" "grows" {
  display_name = "${var.tag}-grows"
  availability = "SINGLE_ZONE"
  cloud        = "AZURE"
  region       = "westeurope"

  dynamic "basic" {
    for_each = var.changed ? [] : [1]
    content {}
  }

  dynamic "standard" {
    for_each = var.changed ? [1] : []
    content {}
  }

  environment {
    id = confluent_environment.main.id
  }
}

resource "confluent_kafka_cluster" "standard" {
  display_name = var.changed ? "${var.tag}-standard-renamed" : "${var.tag}-standard"
  availability = "MULTI_ZONE"
  cloud        = "GCP"
  region       = "europe-west3"

  standard {
    max_ecku = var.changed ? 6 : 4
  }

  deletion_protection = false

  environment {
    id = confluent_environment.main.id
  }
}

resource "confluent_kafka_cluster" "dedicated" {
  display_name = "${var.tag}-dedicated"
  availability = "MULTI_ZONE"
  cloud        = "AWS"
  region       = "eu-central-1"

  dedicated {
    cku = var.changed ? 3 : 2
  }

  environment {
    id = confluent_environment.main.id
  }
}

resource "confluent_service_account" "manager" {
  display_name = "${var.tag}-manager"
  description  = var.changed ? "Owns the topics of this run" : "Makes topics"
}

resource "confluent_service_account" "producer" {
  display_name = "${var.tag}-producer"
  description  = "Writes orders"
}

resource "confluent_service_account" "consumer" {
  display_name = "${var.tag}-consumer"
  description  = "Reads orders"
}

resource "confluent_role_binding" "manager_admin" {
  principal   = "User:${confluent_service_account.manager.id}"
  role_name   = "CloudClusterAdmin"
  crn_pattern = confluent_kafka_cluster.basic.rbac_crn
}

resource "confluent_role_binding" "standard_admin" {
  principal   = "User:${confluent_service_account.manager.id}"
  role_name   = "CloudClusterAdmin"
  crn_pattern = confluent_kafka_cluster.standard.rbac_crn
}

resource "confluent_role_binding" "environment_admin" {
  principal   = "User:${confluent_service_account.consumer.id}"
  role_name   = "EnvironmentAdmin"
  crn_pattern = confluent_environment.main.resource_name
}

resource "confluent_role_binding" "dedicated_admin" {
  principal   = "User:${confluent_service_account.producer.id}"
  role_name   = "CloudClusterAdmin"
  crn_pattern = confluent_kafka_cluster.dedicated.rbac_crn
}

# What is in a cluster: by the start of names, by name, and the way the provider's own examples write it.
resource "confluent_role_binding" "consumer_reads" {
  principal   = "User:${confluent_service_account.consumer.id}"
  role_name   = "DeveloperRead"
  crn_pattern = "${confluent_kafka_cluster.standard.rbac_crn}/kafka=${confluent_kafka_cluster.standard.id}/topic=orders*"
}

resource "confluent_role_binding" "consumer_group" {
  principal   = "User:${confluent_service_account.consumer.id}"
  role_name   = "DeveloperRead"
  crn_pattern = "${confluent_kafka_cluster.standard.rbac_crn}/kafka=${confluent_kafka_cluster.standard.id}/group=confluent_cli_consumer_*"
}

resource "confluent_role_binding" "producer_writes" {
  principal   = "User:${confluent_service_account.producer.id}"
  role_name   = "DeveloperWrite"
  crn_pattern = "${confluent_kafka_cluster.standard.rbac_crn}/kafka=${confluent_kafka_cluster.standard.id}/topic=orders"
}

resource "confluent_api_key" "manager" {
  display_name = "${var.tag}-manager"
  description  = var.changed ? "Kept by the platform team" : "For Terraform itself"

  owner {
    id          = confluent_service_account.manager.id
    api_version = confluent_service_account.manager.api_version
    kind        = confluent_service_account.manager.kind
  }

  managed_resource {
    id          = confluent_kafka_cluster.basic.id
    api_version = confluent_kafka_cluster.basic.api_version
    kind        = confluent_kafka_cluster.basic.kind

    environment {
      id = confluent_environment.main.id
    }
  }

  depends_on = [confluent_role_binding.manager_admin]
}

resource "confluent_api_key" "standard" {
  display_name = "${var.tag}-standard"

  owner {
    id          = confluent_service_account.manager.id
    api_version = confluent_service_account.manager.api_version
    kind        = confluent_service_account.manager.kind
  }

  managed_resource {
    id          = confluent_kafka_cluster.standard.id
    api_version = confluent_kafka_cluster.standard.api_version
    kind        = confluent_kafka_cluster.standard.kind

    environment {
      id = confluent_environment.main.id
    }
  }

  depends_on = [confluent_role_binding.standard_admin]
}

# Made before its owner has any ACL: listing topics with it must answer with an empty list.
resource "confluent_api_key" "producer" {
  display_name = "${var.tag}-producer"
  description  = "Of the producer"

  owner {
    id          = confluent_service_account.producer.id
    api_version = confluent_service_account.producer.api_version
    kind        = confluent_service_account.producer.kind
  }

  managed_resource {
    id          = confluent_kafka_cluster.basic.id
    api_version = confluent_kafka_cluster.basic.api_version
    kind        = confluent_kafka_cluster.basic.kind

    environment {
      id = confluent_environment.main.id
    }
  }
}

resource "confluent_api_key" "cloud" {
  display_name = var.changed ? "${var.tag}-cloud-renamed" : "${var.tag}-cloud"
  description  = "For the control plane"

  owner {
    id          = confluent_service_account.consumer.id
    api_version = confluent_service_account.consumer.api_version
    kind        = confluent_service_account.consumer.kind
  }

  depends_on = [confluent_role_binding.environment_admin]
}

resource "confluent_kafka_topic" "orders" {
  kafka_cluster {
    id = confluent_kafka_cluster.basic.id
  }

  topic_name       = "orders"
  partitions_count = var.changed ? 8 : 4
  rest_endpoint    = confluent_kafka_cluster.basic.rest_endpoint

  # One is changed, one is taken away, one is new, one stays.
  config = var.changed ? {
    "retention.ms"      = "7200000"
    "max.message.bytes" = "1000000"
    "segment.bytes"     = "104857600"
    } : {
    "retention.ms"      = "3600000"
    "retention.bytes"   = "1073741824"
    "max.message.bytes" = "1000000"
  }

  credentials {
    key    = confluent_api_key.manager.id
    secret = confluent_api_key.manager.secret
  }
}

resource "confluent_kafka_topic" "plain" {
  kafka_cluster {
    id = confluent_kafka_cluster.basic.id
  }

  topic_name    = "plain"
  rest_endpoint = confluent_kafka_cluster.basic.rest_endpoint

  credentials {
    key    = confluent_api_key.manager.id
    secret = confluent_api_key.manager.secret
  }
}

resource "confluent_kafka_topic" "standard_orders" {
  kafka_cluster {
    id = confluent_kafka_cluster.standard.id
  }

  topic_name       = "orders-eu"
  partitions_count = 2
  rest_endpoint    = confluent_kafka_cluster.standard.rest_endpoint

  config = {
    "cleanup.policy"      = "delete"
    "delete.retention.ms" = "86400000"
    "min.insync.replicas" = "2"
  }

  credentials {
    key    = confluent_api_key.standard.id
    secret = confluent_api_key.standard.secret
  }
}

locals {
  acls = {
    producer_writes = ["TOPIC", confluent_kafka_topic.orders.topic_name, "LITERAL", confluent_service_account.producer.id, "WRITE", "ALLOW"]
    producer_ids    = ["CLUSTER", "kafka-cluster", "LITERAL", confluent_service_account.producer.id, "IDEMPOTENT_WRITE", "ALLOW"]
    consumer_reads  = ["TOPIC", "ord", "PREFIXED", confluent_service_account.consumer.id, "READ", "ALLOW"]
    consumer_groups = ["GROUP", "billing_", "PREFIXED", confluent_service_account.consumer.id, "READ", "ALLOW"]
    consumer_hidden = ["TOPIC", "orders-secret", "LITERAL", confluent_service_account.consumer.id, "DESCRIBE", "DENY"]
    producer_ids_tx = ["TRANSACTIONAL_ID", "*", "LITERAL", confluent_service_account.producer.id, "WRITE", "ALLOW"]
  }
}

resource "confluent_kafka_acl" "each" {
  for_each = local.acls

  kafka_cluster {
    id = confluent_kafka_cluster.basic.id
  }

  resource_type = each.value[0]
  resource_name = each.value[1]
  pattern_type  = each.value[2]
  principal     = "User:${each.value[3]}"
  host          = "*"
  operation     = each.value[4]
  permission    = each.value[5]
  rest_endpoint = confluent_kafka_cluster.basic.rest_endpoint

  credentials {
    key    = confluent_api_key.manager.id
    secret = confluent_api_key.manager.secret
  }
}
