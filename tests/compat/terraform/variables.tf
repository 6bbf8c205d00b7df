variable "endpoint" {
  description = "Base URL of Weir's API."
  type        = string
}

variable "tag" {
  description = "Makes the names of one run its own."
  type        = string
}

variable "changed" {
  description = "Whether everything that can change in place is as after the change."
  type        = bool
  default     = false
}
