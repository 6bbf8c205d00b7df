import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import type { Schemas } from "@/api/client";
import { groups } from "@/api/queries";
import { t } from "@/i18n";
import { useParam } from "@/lib/useParam";
import { DataTable, EmptyState, IconUsersGroup, Loaded, StatusBadge, TextLink, type Column } from "@/ui";

import { KeyGate } from "../keys/KeyGate";

type Row = Schemas["KafkaConsumerGroup"];

function columns(env: string, lkc: string): Column<Row>[] {
  return [
    {
      id: "id",
      title: t("Group"),
      value: (row) => row.consumer_group_id,
      cell: (row) => (
        <TextLink
          to="/environments/$env/clusters/$lkc/groups/$group"
          params={{ env, lkc, group: row.consumer_group_id }}
          fw={600}
          fz="sm"
        >
          {row.consumer_group_id}
        </TextLink>
      ),
    },
    {
      id: "state",
      title: t("State"),
      value: (row) => row.state,
      cell: (row) => <StatusBadge status={row.state ?? "UNKNOWN"} />,
    },
    { id: "assignor", title: t("Assignor"), value: (row) => row.partition_assignor, wide: true },
  ];
}

export function GroupsPage() {
  const lkc = useParam("lkc");
  return (
    <KeyGate lkc={lkc} what={t("its consumer groups")}>
      <Groups />
    </KeyGate>
  );
}

function Groups() {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const query = useQuery(groups(lkc));
  const shape = useMemo(() => columns(env, lkc), [env, lkc]);
  return (
    <Loaded query={query}>
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState
            icon={<IconUsersGroup />}
            title={t("No consumer group that you may see")}
            text={t(
              "Programs that read together share the partitions of a topic, and remember how far they came.",
            )}
            command={`weir topic consume orders --cluster ${lkc} --environment ${env} --group billing`}
          />
        ) : (
          <DataTable
            label={t("Consumer groups")}
            rows={rows}
            columns={shape}
            rowKey={(row) => row.consumer_group_id}
          />
        )
      }
    </Loaded>
  );
}
