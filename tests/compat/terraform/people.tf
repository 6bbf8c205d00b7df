# Somebody who is asked to join, and may look at what is used before they do.

resource "confluent_invitation" "viewer" {
  email = "${var.tag}-viewer@example.com"
}

resource "confluent_role_binding" "viewer" {
  principal   = "User:${confluent_invitation.viewer.user[0].id}"
  role_name   = "MetricsViewer"
  crn_pattern = confluent_environment.main.resource_name
}
