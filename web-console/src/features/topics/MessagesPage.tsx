import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { topic } from "@/api/queries";
import { t } from "@/i18n";
import { integer, moment } from "@/lib/format";
import { word } from "@/lib/twin";
import { useParam } from "@/lib/useParam";
import { Allowed, CodeBlock, DataTable, Loaded, Panel, Stack, Text, type Column } from "@/ui";

import { KeyGate } from "../keys/KeyGate";
import { ProduceForm } from "./ProduceForm";
import { topicMay } from "./topicMay";

type Report = Schemas["RecordReport"];

/** What is kept of the answers on this page. */
const REPORTS_MAX = 200;

const COLUMNS: Column<Report>[] = [
  { id: "partition", title: t("Partition"), align: "right", value: (row) => row.partition_id ?? undefined },
  {
    id: "offset",
    title: t("Offset"),
    align: "right",
    value: (row) => row.offset ?? undefined,
    cell: (row) => integer(row.offset ?? 0),
  },
  {
    id: "time",
    title: t("Time"),
    value: (row) => row.timestamp ?? undefined,
    cell: (row) => (row.timestamp ? moment(row.timestamp) : null),
  },
  {
    id: "size",
    title: t("Bytes"),
    align: "right",
    value: (row) => (row.key?.size ?? 0) + (row.value?.size ?? 0),
    wide: true,
  },
];

/** Writes messages. The API has nothing that reads them: the page says so, and what does. */
export function MessagesPage() {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const name = useParam("topic");
  const query = useQuery(topic(lkc, name));
  const [reports, setReports] = useState<Report[]>([]);
  const keep = (report: Report) => setReports((old) => [report, ...old].slice(0, REPORTS_MAX));
  const at = `--cluster ${lkc} --environment ${env}`;
  return (
    <Loaded query={query}>
      {(found) => (
        <Stack gap="lg">
          <Panel title={t("Write a message")}>
            <Allowed verdict={topicMay(found, "WRITE")}>
              <KeyGate lkc={lkc} what={t("where your messages went")}>
                <ProduceForm topic={found} onReport={keep} />
              </KeyGate>
            </Allowed>
          </Panel>
          {reports.length > 0 ? (
            <Panel title={t("Written from this page")}>
              <DataTable
                label={t("Written messages")}
                rows={reports}
                columns={COLUMNS}
                rowKey={(row) => `${row.partition_id}-${row.offset}`}
                searchable={false}
              />
            </Panel>
          ) : null}
          <Panel title={t("Read messages")}>
            <Text fz="sm" c="dimmed">
              {t(
                "The REST API cannot read messages yet, so this page cannot show them. The command line can: the last ten of each partition, and all that come from now on.",
              )}
            </Text>
            <CodeBlock
              label={t("commands that read")}
              code={`weir topic consume ${word(name)} ${at} --from -10 --timeout 5s -f '%p %o %k %v\\n'
weir topic consume ${word(name)} ${at} --from latest`}
            />
          </Panel>
        </Stack>
      )}
    </Loaded>
  );
}
