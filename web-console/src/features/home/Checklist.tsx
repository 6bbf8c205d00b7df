import type { ReactNode } from "react";

import type { Schemas } from "@/api/client";
import { t } from "@/i18n";
import { Group, IconCheck, LinkButton, Panel, Stack, Text, ThemeIcon } from "@/ui";

interface Props {
  environmentId: string | undefined;
  cluster: Schemas["Cluster"] | undefined;
  topics: Schemas["KafkaTopic"][] | undefined;
  hasKey: boolean;
}

function Step({ at, done, text, action }: { at: number; done: boolean; text: string; action: ReactNode }) {
  return (
    <Group justify="space-between" gap="sm">
      <Group gap="sm" wrap="nowrap">
        <ThemeIcon size={26} radius="xl" variant={done ? "filled" : "default"} aria-hidden>
          {done ? <IconCheck size={15} /> : <Text fz="xs">{at}</Text>}
        </ThemeIcon>
        <Text fz="sm" c={done ? "dimmed" : undefined}>
          {text} {done ? t("(done)") : null}
        </Text>
      </Group>
      {done ? null : action}
    </Group>
  );
}

/** From nothing to the first message. What is done is read from the API, never remembered. */
export function Checklist({ environmentId, cluster, topics, hasKey }: Props) {
  const place = cluster && { env: cluster.spec.environment.id, lkc: cluster.id };
  const own = topics?.filter((topic) => !topic.is_internal) ?? [];
  const first = own[0];
  return (
    <Panel title={t("Get started")}>
      <Stack gap="sm">
        <Step
          at={1}
          done={cluster !== undefined}
          text={t("Create a cluster")}
          action={
            environmentId === undefined ? null : (
              <LinkButton size="xs" to="/environments/$env/new-cluster" params={{ env: environmentId }}>
                {t("Create a cluster")}
              </LinkButton>
            )
          }
        />
        <Step
          at={2}
          done={first !== undefined}
          text={t("Create a topic")}
          action={
            place && (
              <LinkButton
                size="xs"
                to="/environments/$env/clusters/$lkc/topics"
                params={place}
                search={{ create: true }}
              >
                {t("Create a topic")}
              </LinkButton>
            )
          }
        />
        <Step
          at={3}
          done={hasKey}
          text={t("Make a key for your programs")}
          action={
            place && (
              <LinkButton
                size="xs"
                variant="default"
                to="/environments/$env/clusters/$lkc/api-keys"
                params={place}
              >
                {t("API keys")}
              </LinkButton>
            )
          }
        />
        <Step
          at={4}
          done={false}
          text={t("Write a message")}
          action={
            place && first ? (
              <LinkButton
                size="xs"
                to="/environments/$env/clusters/$lkc/topics/$topic"
                params={{ ...place, topic: first.topic_name }}
              >
                {t("Write to {{topic}}", { topic: first.topic_name })}
              </LinkButton>
            ) : null
          }
        />
      </Stack>
    </Panel>
  );
}
