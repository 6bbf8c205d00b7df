import { useQuery } from "@tanstack/react-query";

import { isDenied } from "@/api/errors";
import { brokers, cluster, metric } from "@/api/queries";
import { t } from "@/i18n";
import { clusterScope } from "@/lib/crn";
import { bytes, integer, moment } from "@/lib/format";
import { useParam } from "@/lib/useParam";
import { useVerdict } from "@/lib/useVerdict";
import {
  Allowed,
  CopyField,
  ErrorNote,
  Facts,
  Loaded,
  Panel,
  SimpleGrid,
  Sparkline,
  Stack,
  Text,
} from "@/ui";

import { KeyGate } from "../keys/KeyGate";

const METRICS = [
  { name: "received_bytes", label: t("Written, a minute"), show: bytes },
  { name: "sent_bytes", label: t("Read, a minute"), show: bytes },
  { name: "retained_bytes", label: t("Held"), show: bytes },
  { name: "active_connection_count", label: t("Connections"), show: integer },
  { name: "partition_count", label: t("Partitions"), show: integer },
  { name: "request_count", label: t("Requests, a minute"), show: integer },
];

/** One metric over the last hour. A gauge is a mean over its minute: it is told in whole numbers. */
function Chart({
  lkc,
  name,
  label,
  show,
}: {
  lkc: string;
  name: string;
  label: string;
  show: (n: number) => string;
}) {
  const query = useQuery(metric(lkc, name));
  if (query.isError && isDenied(query.error)) return null;
  if (query.isError) return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />;
  const points = (query.data ?? []).map((point) => Math.round(point.value));
  return <Sparkline label={label} points={points} show={show} />;
}

export function OverviewPage() {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const query = useQuery(cluster(env, lkc));
  const may = useVerdict("see metrics", clusterScope(query.data?.metadata?.resource_name));
  return (
    <Loaded query={query}>
      {({ spec, metadata, status }) => (
        <Stack gap="lg">
          {status.message ? <Text fz="sm">{status.message}</Text> : null}
          <Allowed verdict={may}>
            <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }}>
              {METRICS.map((one) => (
                <Chart key={one.name} lkc={lkc} {...one} />
              ))}
            </SimpleGrid>
            <Text fz="xs" c="dimmed">
              {t(
                "The last hour, a point a minute. Points begin with the start of Weir, and a cluster at rest has none.",
              )}
            </Text>
          </Allowed>
          <Panel title={t("Where it is")}>
            <Facts
              facts={[
                [
                  t("Kafka"),
                  spec.kafka_bootstrap_endpoint ? (
                    <CopyField key="kafka" value={spec.kafka_bootstrap_endpoint} label={t("Kafka address")} />
                  ) : (
                    t("not yet")
                  ),
                ],
                [
                  t("REST"),
                  spec.http_endpoint ? (
                    <CopyField key="rest" value={spec.http_endpoint} label={t("REST address")} />
                  ) : (
                    t("not yet")
                  ),
                ],
                [t("Kind"), spec.config.kind],
                [t("Cloud and region, as asked"), `${spec.cloud} ${spec.region}`],
                [t("Availability"), spec.availability],
                [t("Created"), metadata?.created_at ? moment(metadata.created_at) : ""],
              ]}
            />
          </Panel>
          <Panel title={t("Brokers")}>
            <KeyGate lkc={lkc} what={t("which brokers there are")}>
              <Brokers lkc={lkc} />
            </KeyGate>
          </Panel>
        </Stack>
      )}
    </Loaded>
  );
}

function Brokers({ lkc }: { lkc: string }) {
  const query = useQuery(brokers(lkc));
  return (
    <Loaded query={query} lines={1}>
      {(rows) => (
        <Facts
          facts={rows.map((broker) => [
            t("Broker {{id}}", { id: broker.broker_id }),
            broker.host ? `${broker.host}:${broker.port ?? ""}` : t("address not known"),
          ])}
        />
      )}
    </Loaded>
  );
}
