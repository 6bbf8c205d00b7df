import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";

import { cluster, environment } from "@/api/queries";
import { t } from "@/i18n";
import { Group, IconChevronRight, TextLink } from "@/ui";

/** Where in the tree of environments and clusters a page is. */
export function Crumbs() {
  const { env, lkc, topic, group } = useParams({ strict: false });
  const inEnv = useQuery({ ...environment(env ?? ""), enabled: env !== undefined });
  const inCluster = useQuery({ ...cluster(env ?? "", lkc ?? ""), enabled: lkc !== undefined });
  if (env === undefined) return null;
  const place = { env, lkc: lkc ?? "" };
  const crumbs = [
    <TextLink key="all" to="/environments" fz="sm">
      {t("Environments")}
    </TextLink>,
    <TextLink key="env" to="/environments/$env" params={{ env }} fz="sm">
      {inEnv.data?.display_name ?? env}
    </TextLink>,
    lkc && (
      <TextLink key="lkc" to="/environments/$env/clusters/$lkc" params={place} fz="sm">
        {inCluster.data?.spec.display_name ?? lkc}
      </TextLink>
    ),
    topic && (
      <TextLink key="topics" to="/environments/$env/clusters/$lkc/topics" params={place} fz="sm">
        {t("Topics")}
      </TextLink>
    ),
    group && (
      <TextLink key="groups" to="/environments/$env/clusters/$lkc/groups" params={place} fz="sm">
        {t("Consumer groups")}
      </TextLink>
    ),
  ].filter(Boolean);
  return (
    <Group component="nav" gap={6} aria-label={t("Where this page is")} mb={-8}>
      {crumbs.map((crumb, at) => (
        // The order of crumbs is that of the address: it never changes.
        // oxlint-disable-next-line react/no-array-index-key
        <Group key={at} gap={6} wrap="nowrap">
          {at > 0 ? <IconChevronRight size={13} aria-hidden /> : null}
          {crumb}
        </Group>
      ))}
    </Group>
  );
}
