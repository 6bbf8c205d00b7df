# A pipeline that works without keys. Nobody answers where its keys would be, which hinders no object.

resource "confluent_identity_provider" "ci" {
  display_name = var.changed ? "${var.tag}-ci-renamed" : "${var.tag}-ci"
  description  = "Signs tokens of jobs"
  issuer       = "https://ci.example.com"
  jwks_uri     = "https://ci.invalid/keys"
}

resource "confluent_identity_pool" "deployers" {
  identity_provider {
    id = confluent_identity_provider.ci.id
  }

  display_name   = "${var.tag}-deployers"
  description    = "Jobs that deploy"
  identity_claim = "claims.sub"
  filter         = var.changed ? "claims.aud == \"weir\"" : "claims.aud == \"weir\" && claims.sub.startsWith(\"repo:acme/\")"
}

resource "confluent_role_binding" "deployers" {
  principal   = "User:${confluent_identity_pool.deployers.id}"
  role_name   = "EnvironmentAdmin"
  crn_pattern = confluent_environment.main.resource_name
}
