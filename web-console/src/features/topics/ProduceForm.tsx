import { useState, type FormEvent } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { t } from "@/i18n";
import { word } from "@/lib/twin";
import { useChange } from "@/lib/useChange";
import {
  Button,
  ErrorNote,
  Group,
  Select,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
  toast,
  TwinNote,
} from "@/ui";

import { recordOf, type ValueType } from "./record";

interface Props {
  topic: Schemas["KafkaTopic"];
  onReport: (report: Schemas["RecordReport"]) => void;
}

const TYPES = [
  { value: "JSON", label: "JSON" },
  { value: "STRING", label: t("Text") },
  { value: "BINARY", label: t("Bytes, as base64") },
];

/** One message. What was typed stays, to be written again with a change. */
export function ProduceForm({ topic, onReport }: Props) {
  const { cluster_id = "", topic_name } = topic;
  const [key, setKey] = useState("");
  const [value, setValue] = useState('{"total": 12}');
  const [type, setType] = useState<ValueType>("JSON");
  const [partition, setPartition] = useState("");
  const { record, mistake } = recordOf({ key, value, type, partition });
  const write = useChange({
    run: async () => {
      const params = { path: { cluster_id, topic_name } };
      const report = await ask(
        api.POST("/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/records", { params, body: record }),
      );
      // Each record has a code of its own, whatever the answer to the request.
      if (report.error_code !== 200) throw new Error(report.message ?? t("The record was not written."));
      return report;
    },
    renews: [],
    then: (report) => {
      onReport(report);
      toast(
        t("Durable at partition {{partition}}, offset {{offset}}", {
          partition: report.partition_id,
          offset: report.offset,
        }),
      );
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (mistake === undefined) write.mutate();
  };
  const cli =
    type === "BINARY"
      ? undefined
      : [
          `printf '%s\\n' ${word(key === "" ? value : `${key}|${value}`)} | weir topic produce ${word(topic_name)} --cluster ${cluster_id}`,
          ...(key === "" ? [] : ["--key-separator '|'"]),
          ...(type === "JSON" ? ["--value-format json"] : []),
          ...(partition === "" ? [] : [`--partition ${partition}`]),
        ].join(" ");
  return (
    <form onSubmit={send}>
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <TextInput
            label={t("Key")}
            description={t("Same key, same partition; may be empty")}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
          <Select
            label={t("What the value is")}
            description={t("How it is sent")}
            data={TYPES}
            value={type}
            onChange={(next) => setType((next ?? "JSON") as ValueType)}
            allowDeselect={false}
          />
          <Select
            label={t("Partition")}
            description={t("By the key, unless you say which")}
            data={Array.from({ length: topic.partitions_count ?? 1 }, (_, at) => String(at))}
            value={partition || null}
            placeholder={t("any")}
            onChange={(next) => setPartition(next ?? "")}
            clearable
            searchable
            clearButtonProps={{ "aria-label": t("Any partition") }}
          />
        </SimpleGrid>
        <Textarea
          label={t("Value")}
          autosize
          minRows={4}
          maxRows={18}
          ff="monospace"
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          error={mistake}
        />
        {write.error ? <ErrorNote error={write.error} /> : null}
        <Group justify="flex-end">
          <Button type="submit" loading={write.isPending} disabled={mistake !== undefined}>
            {t("Write the message")}
          </Button>
        </Group>
        <TwinNote
          twin={{
            ...(cli === undefined ? {} : { cli }),
            method: "POST",
            path: `/kafka/v3/clusters/${cluster_id}/topics/${encodeURIComponent(topic_name)}/records`,
            body: record,
            clusterKey: true,
          }}
        />
      </Stack>
    </form>
  );
}
