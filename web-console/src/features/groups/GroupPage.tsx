import { useQuery } from "@tanstack/react-query";

import type { Schemas } from "@/api/client";
import { group, groupLags, groupMembers } from "@/api/queries";
import { t } from "@/i18n";
import { integer } from "@/lib/format";
import { useParam } from "@/lib/useParam";
import { DataTable, Facts, Loaded, PageHeader, Panel, Stack, StatusBadge, Text, type Column } from "@/ui";

import { KeyGate } from "../keys/KeyGate";

type Lag = Schemas["KafkaConsumerLag"];

const LAGS: Column<Lag>[] = [
  { id: "topic", title: t("Topic"), value: (row) => row.topic_name },
  { id: "partition", title: t("Partition"), align: "right", value: (row) => row.partition_id },
  {
    id: "lag",
    title: t("Behind by"),
    align: "right",
    value: (row) => row.lag,
    cell: (row) => integer(row.lag),
  },
  {
    id: "current",
    title: t("Came to"),
    align: "right",
    value: (row) => row.current_offset,
    cell: (row) => integer(row.current_offset),
    wide: true,
  },
  {
    id: "end",
    title: t("End"),
    align: "right",
    value: (row) => row.log_end_offset,
    cell: (row) => integer(row.log_end_offset),
    wide: true,
  },
  { id: "client", title: t("Read by"), value: (row) => row.client_id || row.consumer_id, wide: true },
];

export function GroupPage() {
  const id = useParam("group");
  const lkc = useParam("lkc");
  return (
    <Stack gap="lg">
      <PageHeader title={id} detail={t("Consumer group; read again every 5 seconds")} />
      <KeyGate lkc={lkc} what={t("how far the group is")}>
        <Group />
      </KeyGate>
    </Stack>
  );
}

function Group() {
  const id = useParam("group");
  const lkc = useParam("lkc");
  const found = useQuery(group(lkc, id));
  const lags = useQuery(groupLags(lkc, id));
  const members = useQuery(groupMembers(lkc, id));
  return (
    <Loaded query={found}>
      {({ state, partition_assignor }) => (
        <>
          <Panel title={t("Now")}>
            <Facts
              facts={[
                [t("State"), <StatusBadge key="state" status={state ?? "UNKNOWN"} />],
                [
                  t("Behind by, all together"),
                  lags.data ? integer(lags.data.reduce((sum, row) => sum + row.lag, 0)) : "…",
                ],
                [t("Members"), members.data ? integer(members.data.length) : "…"],
                [t("Assignor"), partition_assignor || t("none")],
              ]}
            />
          </Panel>
          <Loaded query={lags}>
            {(rows) =>
              rows.length === 0 ? (
                <Text fz="sm" c="dimmed">
                  {t("The group has committed no offset yet.")}
                </Text>
              ) : (
                <DataTable
                  label={t("Lag by partition")}
                  rows={rows}
                  columns={LAGS}
                  rowKey={(row) => `${row.topic_name}/${row.partition_id}`}
                />
              )
            }
          </Loaded>
        </>
      )}
    </Loaded>
  );
}
