import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { api, ask } from "@/api/client";
import { clusters, environment } from "@/api/queries";
import { t } from "@/i18n";
import { useChange } from "@/lib/useChange";
import { useParam } from "@/lib/useParam";
import { useVerdict } from "@/lib/useVerdict";
import {
  Allowed,
  Button,
  ConfirmDelete,
  CopyField,
  EmptyState,
  IconPlus,
  IconServer,
  LinkButton,
  Loaded,
  PageHeader,
  SimpleGrid,
  Stack,
} from "@/ui";

import { ClusterCard } from "../clusters/ClusterCard";
import { EnvironmentForm } from "./EnvironmentForm";

export function EnvironmentPage() {
  const env = useParam("env");
  const query = useQuery(environment(env));
  const inside = useQuery(clusters(env));
  const crn = query.data?.metadata?.resource_name;
  const mayCreate = useVerdict("create clusters here", crn);
  const mayChange = useVerdict("change this environment", crn);
  const [open, setOpen] = useState<"change" | "delete">();
  const close = () => setOpen(undefined);
  const create = (
    <Allowed verdict={mayCreate}>
      <LinkButton to="/environments/$env/new-cluster" params={{ env }} leftSection={<IconPlus size={16} />}>
        {t("Create a cluster")}
      </LinkButton>
    </Allowed>
  );
  return (
    <Loaded query={query}>
      {(found) => (
        <Stack gap="lg">
          <PageHeader
            title={found.display_name}
            detail={<CopyField value={found.id} label={t("id")} />}
            actions={
              <>
                <Allowed verdict={mayChange}>
                  <Button variant="default" onClick={() => setOpen("change")}>
                    {t("Change")}
                  </Button>
                  <Button variant="default" onClick={() => setOpen("delete")}>
                    {t("Delete")}
                  </Button>
                </Allowed>
                {inside.data?.length && mayCreate?.ok ? create : null}
              </>
            }
          />
          <Loaded query={inside}>
            {(rows) =>
              rows.length === 0 ? (
                <EmptyState
                  icon={<IconServer />}
                  title={t("No cluster here yet")}
                  text={t(
                    "A cluster holds topics, and keys that programs sign in with. It is there in less than a second.",
                  )}
                  action={create}
                  command={`weir cluster create orders --environment ${env} --cloud aws --region eu-west-1 --wait`}
                />
              ) : (
                <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
                  {rows.map((cluster) => (
                    <ClusterCard key={cluster.id} cluster={cluster} />
                  ))}
                </SimpleGrid>
              )
            }
          </Loaded>
          {open === "change" ? <EnvironmentForm old={found} onClose={close} /> : null}
          {open === "delete" ? (
            <DeleteEnvironment
              id={env}
              name={found.display_name}
              clusters={inside.data?.length ?? 0}
              onClose={close}
            />
          ) : null}
        </Stack>
      )}
    </Loaded>
  );
}

function DeleteEnvironment({
  id,
  name,
  clusters: count,
  onClose,
}: {
  id: string;
  name: string;
  clusters: number;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const gone = useChange({
    run: () => ask(api.DELETE("/org/v2/environments/{id}", { params: { path: { id } } })),
    renews: [["environments"]],
    done: t("The environment is deleted"),
    then: () => void navigate({ to: "/environments" }),
  });
  return (
    <ConfirmDelete
      what={t("environment {{name}}", { name })}
      name={name}
      onConfirm={() => gone.mutate()}
      busy={gone.isPending}
      error={gone.error}
      twin={{ cli: `weir env delete ${id}`, method: "DELETE", path: `/org/v2/environments/${id}` }}
      onClose={onClose}
    >
      {t("Its {{count}} clusters go with it, with their topics, records and keys. There is no way back.", {
        count,
      })}
    </ConfirmDelete>
  );
}
