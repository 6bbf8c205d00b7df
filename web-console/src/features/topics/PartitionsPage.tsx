import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { partitions, topic } from "@/api/queries";
import { t } from "@/i18n";
import { word } from "@/lib/twin";
import { useChange } from "@/lib/useChange";
import { useParam } from "@/lib/useParam";
import { Allowed, Button, DataTable, FormDrawer, Loaded, NumberInput, Stack, type Column } from "@/ui";

import { topicMay } from "./topicMay";

type Row = Schemas["KafkaPartition"];

/** The broker in the link to the replica that leads: `…/replicas/3`. */
function leader(row: Row): number | undefined {
  const id = row.leader?.related.split("/").at(-1);
  return id === undefined ? undefined : Number(id);
}

const COLUMNS: Column<Row>[] = [
  { id: "id", title: t("Partition"), value: (row) => row.partition_id },
  {
    id: "leader",
    title: t("Led by broker"),
    value: leader,
    cell: (row) => leader(row) ?? t("nobody right now"),
  },
];

export function PartitionsPage() {
  const lkc = useParam("lkc");
  const name = useParam("topic");
  const found = useQuery(topic(lkc, name));
  const query = useQuery(partitions(lkc, name));
  const [growing, setGrowing] = useState(false);
  return (
    <Stack>
      <Loaded query={query}>
        {(rows) => (
          <DataTable
            label={t("Partitions")}
            rows={rows}
            columns={COLUMNS}
            rowKey={(row) => String(row.partition_id)}
            tools={
              <Allowed verdict={topicMay(found.data, "ALTER")}>
                <Button size="xs" onClick={() => setGrowing(true)}>
                  {t("Add partitions")}
                </Button>
              </Allowed>
            }
          />
        )}
      </Loaded>
      {growing && found.data ? (
        <MorePartitions now={found.data.partitions_count ?? 1} onClose={() => setGrowing(false)} />
      ) : null}
    </Stack>
  );
}

function MorePartitions({ now, onClose }: { now: number; onClose: () => void }) {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const name = useParam("topic");
  const [count, setCount] = useState(now + 1);
  const body = { partitions_count: count };
  const params = { path: { cluster_id: lkc, topic_name: name } };
  const grow = useChange({
    run: () => ask(api.PATCH("/kafka/v3/clusters/{cluster_id}/topics/{topic_name}", { params, body })),
    renews: [["topics", lkc]],
    done: t("The partitions are there"),
    then: onClose,
  });
  return (
    <FormDrawer
      opened
      title={t("Add partitions")}
      submit={t("Add")}
      onClose={onClose}
      onSubmit={() => grow.mutate()}
      busy={grow.isPending}
      error={grow.error}
      ready={count > now}
      twin={{
        cli: `weir topic update ${word(name)} --cluster ${lkc} --environment ${env} --partitions ${count}`,
        method: "PATCH",
        path: `/kafka/v3/clusters/${lkc}/topics/${encodeURIComponent(name)}`,
        body,
        clusterKey: true,
      }}
    >
      <NumberInput
        label={t("Partitions afterwards")}
        description={t("Keys go to other partitions than before. There is no way back.")}
        min={now + 1}
        value={count}
        onChange={(value) => setCount(Math.trunc(Number(value) || now))}
        data-autofocus
      />
    </FormDrawer>
  );
}
