import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { clusters, environments, organizationCrn, roles } from "@/api/queries";
import { t } from "@/i18n";
import { clusterScope } from "@/lib/crn";
import { useChange } from "@/lib/useChange";
import { FormDrawer, Select, TextInput } from "@/ui";

import { usePrincipals } from "./usePrincipals";

/** Parts of a cluster that roles are bound to. */
const PARTS = [
  { value: "topic", label: t("topics") },
  { value: "group", label: t("consumer groups") },
  { value: "transactional-id", label: t("transactional ids") },
  { value: "cluster", label: t("the Kafka cluster itself") },
];

interface Place {
  crn: string;
  label: string;
  level: "organization" | "environment" | "cloud-cluster";
  /** Of clusters: how Kafka below is named. */
  kafka?: string;
}

function usePlaces(): Place[] {
  const known = useQuery(environments());
  const lists = useQueries({ queries: (known.data ?? []).map((env) => clusters(env.id)) });
  const inEnvironment = (env: Schemas["Environment"], at: number): Place[] => [
    {
      crn: env.metadata?.resource_name ?? "",
      label: t("environment {{name}}", { name: env.display_name }),
      level: "environment",
    },
    ...(lists[at]?.data ?? []).map((one): Place => ({
      crn: clusterScope(one.metadata?.resource_name),
      label: t("cluster {{name}} ({{id}})", { name: one.spec.display_name, id: one.id }),
      level: "cloud-cluster",
      kafka: one.metadata?.resource_name ?? "",
    })),
  ];
  const whole: Place = { crn: organizationCrn(), label: t("the organization"), level: "organization" };
  return [whole, ...(known.data ?? []).flatMap(inEnvironment)];
}

/** Where a role can be bound, as the catalogue says. */
function levels(role: Schemas["RoleDefinition"] | undefined): { place: Set<string>; parts: boolean } {
  const policies = role?.policies ?? [];
  const onParts = policies.some((policy) => policy.bindWithResource);
  return {
    place: new Set(policies.filter((p) => !p.bindWithResource).map((p) => p.bindingScope)),
    parts: onParts,
  };
}

export function BindRole({ onClose }: { onClose: () => void }) {
  const principals = usePrincipals();
  const catalogue = useQuery(roles());
  const all = usePlaces();
  const [principal, setPrincipal] = useState<string | null>(null);
  const [roleName, setRole] = useState<string | null>(null);
  const [crn, setCrn] = useState<string | null>(null);
  const [part, setPart] = useState("topic");
  const [name, setName] = useState("*");
  const role = catalogue.data?.find((one) => one.name === roleName);
  const { place: where, parts } = levels(role);
  const fits = all.filter((one) => where.has(one.level) || (parts && one.kafka !== undefined));
  const place = fits.find((one) => one.crn === crn);
  const below = part === "cluster" ? "cluster=kafka-cluster" : `${part}=${name.trim()}`;
  const onPart = parts && place?.kafka !== undefined && !where.has(place.level);
  const pattern = place ? (onPart ? `${place.kafka}/${below}` : place.crn) : "";
  const body = { principal: principal ?? "", role_name: roleName ?? "", crn_pattern: pattern };
  const bind = useChange({
    run: () => ask(api.POST("/iam/v2/role-bindings", { body })),
    renews: [["role-bindings"]],
    done: t("The role is in force"),
    then: onClose,
  });
  return (
    <FormDrawer
      opened
      title={t("Bind a role")}
      submit={t("Bind")}
      onClose={onClose}
      onSubmit={() => bind.mutate()}
      busy={bind.isPending}
      error={bind.error}
      ready={
        principal !== null && place !== undefined && (!onPart || part === "cluster" || name.trim() !== "")
      }
      twin={{ method: "POST", path: "/iam/v2/role-bindings", body }}
    >
      <Select
        label={t("Who")}
        searchable
        data={principals.map((one) => ({
          value: one.id,
          label: `${one.name} (${one.id.replace(/^User:/, "")})`,
        }))}
        value={principal}
        onChange={setPrincipal}
        data-autofocus
      />
      <Select
        label={t("Role")}
        searchable
        data={(catalogue.data ?? []).map((one) => one.name)}
        value={roleName}
        onChange={setRole}
      />
      <Select
        label={t("On")}
        description={roleName ? t("Where this role can be bound") : t("Choose a role first")}
        searchable
        disabled={roleName === null}
        data={fits.map((one) => ({ value: one.crn, label: one.label }))}
        value={place ? crn : null}
        onChange={setCrn}
      />
      {onPart ? (
        <Select
          label={t("Which part")}
          data={PARTS}
          value={part}
          onChange={(next) => setPart(next ?? "topic")}
          allowDeselect={false}
        />
      ) : null}
      {onPart && part !== "cluster" ? (
        <TextInput
          label={t("Name")}
          description={t("A * at the end is every name that starts so")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      ) : null}
    </FormDrawer>
  );
}
