import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { api, ask } from "@/api/client";
import { t } from "@/i18n";
import { word } from "@/lib/twin";
import { useChange } from "@/lib/useChange";
import { useParam } from "@/lib/useParam";
import { FormDrawer, NumberInput, Select, TextInput } from "@/ui";

const DAY_MS = 86_400_000;
const PARTITIONS_FIRST = 6;

const RETENTIONS = [
  { value: "", label: t("the default of the cluster") },
  { value: String(DAY_MS), label: t("a day") },
  { value: String(7 * DAY_MS), label: t("a week") },
  { value: String(30 * DAY_MS), label: t("30 days") },
  { value: String(365 * DAY_MS), label: t("a year") },
  { value: "-1", label: t("for ever") },
];

export function TopicForm({ onClose }: { onClose: () => void }) {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [partitions, setPartitions] = useState(PARTITIONS_FIRST);
  const [retention, setRetention] = useState("");
  const body = {
    topic_name: name.trim(),
    partitions_count: partitions,
    ...(retention ? { configs: [{ name: "retention.ms", value: retention }] } : {}),
  };
  const create = useChange({
    run: () =>
      ask(
        api.POST("/kafka/v3/clusters/{cluster_id}/topics", { params: { path: { cluster_id: lkc } }, body }),
      ),
    renews: [["topics", lkc]],
    done: t("The topic is there"),
    then: (made) =>
      void navigate({
        to: "/environments/$env/clusters/$lkc/topics/$topic",
        params: { env, lkc, topic: made.topic_name },
      }),
  });
  const cli = [
    `weir topic create ${word(body.topic_name || "NAME")} --cluster ${lkc} --environment ${env}`,
    `--partitions ${partitions}`,
    ...(retention ? [`--config retention.ms=${retention}`] : []),
  ].join(" ");
  return (
    <FormDrawer
      opened
      title={t("Create a topic")}
      submit={t("Create")}
      onClose={onClose}
      onSubmit={() => create.mutate()}
      busy={create.isPending}
      error={create.error}
      ready={body.topic_name !== ""}
      twin={{ cli, method: "POST", path: `/kafka/v3/clusters/${lkc}/topics`, body, clusterKey: true }}
    >
      <TextInput
        label={t("Name")}
        description={t("Letters, digits, dots, dashes and underscores")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      <NumberInput
        label={t("Partitions")}
        description={t("How many can read at once in one group. The number can grow, never shrink.")}
        min={1}
        value={partitions}
        onChange={(value) => setPartitions(Math.max(1, Math.trunc(Number(value) || 1)))}
      />
      <Select
        label={t("Keep messages for")}
        data={RETENTIONS}
        value={retention}
        onChange={(value) => setRetention(value ?? "")}
        allowDeselect={false}
      />
    </FormDrawer>
  );
}
