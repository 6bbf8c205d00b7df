import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { api, ask } from "@/api/client";
import { topic } from "@/api/queries";
import { t } from "@/i18n";
import { word } from "@/lib/twin";
import { useChange } from "@/lib/useChange";
import { useParam } from "@/lib/useParam";
import { Allowed, Button, ConfirmDelete, Loaded, PageHeader, Stack, Tabs } from "@/ui";

import { topicMay } from "./topicMay";

/** The head of a topic and its pages. */
export function TopicFrame() {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const name = useParam("topic");
  const query = useQuery(topic(lkc, name));
  const [deleting, setDeleting] = useState(false);
  const params = { env, lkc, topic: name };
  const base = "/environments/$env/clusters/$lkc/topics/$topic";
  return (
    <Loaded query={query}>
      {(found) => (
        <Stack gap="lg">
          <PageHeader
            title={name}
            detail={t("{{count}} partitions", { count: found.partitions_count ?? 0 })}
            actions={
              <Allowed verdict={topicMay(found, "DELETE")}>
                <Button variant="default" onClick={() => setDeleting(true)}>
                  {t("Delete")}
                </Button>
              </Allowed>
            }
          />
          <Tabs label={t("Pages of the topic")}>
            <Link to={base} params={params} activeOptions={{ exact: true }}>
              {t("Messages")}
            </Link>
            <Link to={`${base}/partitions`} params={params}>
              {t("Partitions")}
            </Link>
            <Link to={`${base}/configuration`} params={params}>
              {t("Configuration")}
            </Link>
          </Tabs>
          <Outlet />
          {deleting ? <DeleteTopic onClose={() => setDeleting(false)} /> : null}
        </Stack>
      )}
    </Loaded>
  );
}

function DeleteTopic({ onClose }: { onClose: () => void }) {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const name = useParam("topic");
  const navigate = useNavigate();
  const params = { path: { cluster_id: lkc, topic_name: name } };
  const gone = useChange({
    run: async () => {
      await ask(api.DELETE("/kafka/v3/clusters/{cluster_id}/topics/{topic_name}", { params }));
      // First away from the page of what is not there any more.
      await navigate({ to: "/environments/$env/clusters/$lkc/topics", params: { env, lkc } });
    },
    renews: [["topics", lkc]],
    done: t("The topic is deleted"),
  });
  return (
    <ConfirmDelete
      what={t("topic {{name}}", { name })}
      name={name}
      onConfirm={() => gone.mutate()}
      busy={gone.isPending}
      error={gone.error}
      twin={{
        cli: `weir topic delete ${word(name)} --cluster ${lkc} --environment ${env}`,
        method: "DELETE",
        path: `/kafka/v3/clusters/${lkc}/topics/${encodeURIComponent(name)}`,
        clusterKey: true,
      }}
      onClose={onClose}
    >
      {t("Its messages go with it. There is no way back.")}
    </ConfirmDelete>
  );
}
