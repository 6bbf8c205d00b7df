import { Link } from "@tanstack/react-router";

import type { Schemas } from "@/api/client";
import { Group, Stack, StatusBadge, Text } from "@/ui";

/** A cluster in a list: its name, state, kind and place. */
export function ClusterCard({ cluster }: { cluster: Schemas["Cluster"] }) {
  const { spec, status } = cluster;
  return (
    <Link
      to="/environments/$env/clusters/$lkc"
      params={{ env: spec.environment.id, lkc: cluster.id }}
      className="weir-card weir-card-link"
    >
      <Stack gap={6} p="md">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Text fw={650} style={{ overflowWrap: "anywhere" }}>
            {spec.display_name}
          </Text>
          <StatusBadge status={status.phase} />
        </Group>
        <Text fz="xs" c="dimmed" ff="monospace">
          {cluster.id}
        </Text>
        <Text fz="sm" c="dimmed">
          {[spec.config.kind, spec.cloud, spec.region].join(" · ")}
        </Text>
      </Stack>
    </Link>
  );
}
