# From where the control plane may be asked: this machine, and after the change one network more.

resource "confluent_ip_group" "here" {
  group_name  = var.changed ? "${var.tag}-here-and-there" : "${var.tag}-here"
  cidr_blocks = var.changed ? ["127.0.0.0/8", "192.0.2.0/24"] : ["127.0.0.0/8"]
}

resource "confluent_ip_filter" "here" {
  filter_name    = var.changed ? "${var.tag}-filter-renamed" : "${var.tag}-filter"
  resource_group = "management"
  ip_groups      = [confluent_ip_group.here.id]
}
