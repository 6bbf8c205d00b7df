"""What every compatibility test stands on: servers, clients, fixtures.

A test asks for a `server` and gets either the real `weir` binary or a plain Apache Kafka behind
the same few methods, so that one test text says what both must do. Nothing here knows how Weir is
built inside: it starts the binary, reads `admin.json` and talks to the published ports.
"""
