import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { topic, topicConfigs } from "@/api/queries";
import { t } from "@/i18n";
import { meaning } from "@/lib/format";
import { word } from "@/lib/twin";
import { useChange } from "@/lib/useChange";
import { useParam } from "@/lib/useParam";
import {
  Allowed,
  Badge,
  Button,
  DataTable,
  FormDrawer,
  Group,
  Loaded,
  Stack,
  Switch,
  Text,
  TextInput,
  type Column,
} from "@/ui";

import { EXPLAINED } from "./explained";
import { topicMay } from "./topicMay";

type Row = Schemas["KafkaTopicConfig"];

function columns(onChange: ((row: Row) => void) | undefined): Column<Row>[] {
  return [
    {
      id: "name",
      title: t("Name"),
      value: (row) => row.name,
      cell: (row) => (
        <Stack gap={2}>
          <Text fz="sm" ff="monospace">
            {row.name}
          </Text>
          {EXPLAINED[row.name] ? (
            <Text fz="xs" c="dimmed">
              {EXPLAINED[row.name]}
            </Text>
          ) : null}
        </Stack>
      ),
    },
    {
      id: "value",
      title: t("Value"),
      value: (row) => row.value ?? "",
      cell: (row) => (
        <Stack gap={2}>
          <Text fz="sm" ff="monospace" style={{ overflowWrap: "anywhere" }}>
            {row.is_sensitive ? t("(secret)") : row.value}
          </Text>
          <Text fz="xs" c="dimmed">
            {meaning(row.name, row.value)}
          </Text>
        </Stack>
      ),
    },
    {
      id: "source",
      title: t("From"),
      value: (row) => (row.is_default ? t("default") : t("this topic")),
      cell: (row) =>
        row.is_default ? (
          <Text fz="sm" c="dimmed">
            {t("default")}
          </Text>
        ) : (
          <Badge variant="light" tt="none">
            {t("this topic")}
          </Badge>
        ),
      wide: true,
    },
    ...(onChange
      ? [
          {
            id: "actions",
            title: t("Actions"),
            align: "right" as const,
            value: () => undefined,
            cell: (row: Row) =>
              row.is_read_only ? null : (
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={t("Change {{name}}", { name: row.name })}
                  onClick={() => onChange(row)}
                >
                  {t("Change")}
                </Button>
              ),
          },
        ]
      : []),
  ];
}

export function ConfigurationPage() {
  const lkc = useParam("lkc");
  const name = useParam("topic");
  const found = useQuery(topic(lkc, name));
  const query = useQuery(topicConfigs(lkc, name));
  const may = topicMay(found.data, "ALTER_CONFIGS");
  const [changing, setChanging] = useState<Row>();
  const [overridden, setOverridden] = useState(false);
  return (
    <Stack>
      <Loaded query={query}>
        {(rows) => (
          <DataTable
            label={t("Configuration")}
            rows={overridden ? rows.filter((row) => !row.is_default) : rows}
            columns={columns(may?.ok ? setChanging : undefined)}
            rowKey={(row) => row.name}
            tools={
              <Group gap="md">
                {may?.ok ? null : <Allowed verdict={may}>{null}</Allowed>}
                <Switch
                  size="sm"
                  label={t("Only what differs")}
                  checked={overridden}
                  onChange={(event) => setOverridden(event.currentTarget.checked)}
                />
              </Group>
            }
          />
        )}
      </Loaded>
      {changing ? <ChangeConfig row={changing} onClose={() => setChanging(undefined)} /> : null}
    </Stack>
  );
}

function ChangeConfig({ row, onClose }: { row: Row; onClose: () => void }) {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const topicName = useParam("topic");
  const [value, setValue] = useState(row.value ?? "");
  const [back, setBack] = useState(false);
  const item = back ? { name: row.name, operation: "DELETE" } : { name: row.name, operation: "SET", value };
  const body = { data: [item] };
  const path = { cluster_id: lkc, topic_name: topicName };
  const change = useChange({
    run: () =>
      ask(
        api.POST("/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs:alter", {
          params: { path },
          body,
        }),
      ),
    renews: [["topics", lkc, topicName]],
    done: t("The configuration is changed"),
    then: onClose,
  });
  const flag = back ? `--unset ${row.name}` : `--config ${word(`${row.name}=${value}`)}`;
  const normal = row.synonyms?.find((one) => one.source === "DEFAULT_CONFIG")?.value;
  return (
    <FormDrawer
      opened
      title={t("Change {{name}}", { name: row.name })}
      submit={t("Save")}
      onClose={onClose}
      onSubmit={() => change.mutate()}
      busy={change.isPending}
      error={change.error}
      twin={{
        cli: `weir topic update ${word(topicName)} --cluster ${lkc} --environment ${env} ${flag}`,
        method: "POST",
        path: `/kafka/v3/clusters/${lkc}/topics/${encodeURIComponent(topicName)}/configs:alter`,
        body,
        clusterKey: true,
      }}
    >
      <TextInput
        label={t("Value")}
        description={[EXPLAINED[row.name], normal ? t("Default: {{normal}}", { normal }) : undefined]
          .filter(Boolean)
          .join(" ")}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
        disabled={back}
        rightSectionWidth={90}
        rightSection={
          <Text fz="xs" c="dimmed">
            {meaning(row.name, value)}
          </Text>
        }
        data-autofocus
      />
      {row.is_default ? null : (
        <Switch
          label={t("Back to the default")}
          checked={back}
          onChange={(event) => setBack(event.currentTarget.checked)}
        />
      )}
    </FormDrawer>
  );
}
