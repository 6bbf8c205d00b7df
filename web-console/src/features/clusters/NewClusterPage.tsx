import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { api, ask, created } from "@/api/client";
import { catalogue, environment } from "@/api/queries";
import { t } from "@/i18n";
import { word, type Twin } from "@/lib/twin";
import { useChange } from "@/lib/useChange";
import { useParam } from "@/lib/useParam";
import { useVerdict } from "@/lib/useVerdict";
import {
  Allowed,
  Button,
  Checkbox,
  ErrorNote,
  Facts,
  Group,
  Loaded,
  NumberInput,
  PageHeader,
  Panel,
  Select,
  SimpleGrid,
  Stack,
  Stepper,
  Text,
  TextInput,
  TwinNote,
  UnstyledButton,
} from "@/ui";

import { TIERS, type Tier } from "./tiers";

const LAST_STEP = 2;
const CKU_MAX = 152;

/** Three steps; which one is open, and what was chosen, is in the address. */
export function NewClusterPage() {
  const env = useParam("env");
  const query = useQuery(environment(env));
  const may = useVerdict("create clusters here", query.data?.metadata?.resource_name);
  return (
    <Loaded query={query}>
      {(found) => (
        <Stack gap="lg">
          <PageHeader title={t("Create a cluster")} detail={t("in {{name}}", { name: found.display_name })} />
          <Allowed verdict={may}>
            <Wizard env={env} />
          </Allowed>
        </Stack>
      )}
    </Loaded>
  );
}

function useWish() {
  const search = useSearch({ from: "/shell/environments/$env/new-cluster" });
  const [name, setName] = useState("");
  const [cku, setCku] = useState(1);
  const [availability, setAvailability] = useState<string>();
  const [protect, setProtect] = useState(false);
  const tier = TIERS.find((one) => one.kind === search.tier) ?? (TIERS[0] as Tier);
  const chosen = tier.availabilities.find((one) => one.value === availability) ?? tier.availabilities[0];
  const dedicated = tier.kind === "Dedicated";
  const least = dedicated && chosen?.value === "MULTI_ZONE" ? 2 : 1;
  const size = Math.max(cku, least);
  return {
    step: Math.min(Math.max(search.step ?? 0, 0), LAST_STEP),
    cloud: search.cloud ?? "AWS",
    region: search.region,
    tier,
    dedicated,
    least,
    size,
    setCku,
    availability: chosen?.value ?? "SINGLE_ZONE",
    setAvailability,
    name,
    setName,
    protect,
    setProtect,
  };
}

type Wish = ReturnType<typeof useWish>;

function twinOf(env: string, wish: Wish, body: unknown): Twin {
  const parts = [
    "weir cluster create",
    word(wish.name.trim() || "NAME"),
    `--environment ${env}`,
    `--cloud ${wish.cloud.toLowerCase()}`,
    `--region ${wish.region ?? "REGION"}`,
    `--tier ${wish.tier.kind.toLowerCase()}`,
    `--availability ${wish.availability.toLowerCase().replace("_", "-")}`,
    ...(wish.dedicated ? [`--cku ${wish.size}`] : []),
    "--wait",
  ];
  return { cli: parts.join(" "), method: "POST", path: "/cmk/v2/clusters", body };
}

function Wizard({ env }: { env: string }) {
  const wish = useWish();
  const navigate = useNavigate({ from: "/environments/$env/new-cluster" });
  const go = (search: Record<string, string | number>) =>
    void navigate({ search: (old) => ({ ...old, ...search }) });
  const body = {
    spec: {
      display_name: wish.name.trim(),
      availability: wish.availability,
      cloud: wish.cloud,
      region: wish.region ?? "",
      config: { kind: wish.tier.kind, ...(wish.dedicated ? { cku: wish.size } : {}) },
      deletion_protection: wish.protect,
      environment: { id: env },
    },
  };
  const create = useChange({
    run: () => ask(api.POST("/cmk/v2/clusters", { body })).then(created),
    renews: [["clusters", env]],
    done: t("The cluster is being made"),
    then: (cluster) =>
      void navigate({ to: "/environments/$env/clusters/$lkc", params: { env, lkc: cluster.id } }),
  });
  const ready = wish.region !== undefined && wish.name.trim() !== "";
  return (
    <Stack gap="lg">
      <Stepper active={wish.step} onStepClick={(step) => go({ step })} size="sm">
        <Stepper.Step label={t("Kind")} description={wish.step > 0 ? wish.tier.kind : null}>
          <TierStep wish={wish} onPick={(tier) => go({ tier, step: 1 })} />
        </Stepper.Step>
        <Stepper.Step label={t("Place")} description={wish.region ?? null}>
          <PlaceStep wish={wish} go={go} />
        </Stepper.Step>
        <Stepper.Step label={t("Name and review")}>
          <ReviewStep wish={wish} />
        </Stepper.Step>
      </Stepper>
      {create.error ? <ErrorNote error={create.error} /> : null}
      <Group justify="flex-end">
        {wish.step > 0 ? (
          <Button variant="default" onClick={() => go({ step: wish.step - 1 })}>
            {t("Back")}
          </Button>
        ) : null}
        {wish.step < LAST_STEP ? (
          <Button onClick={() => go({ step: wish.step + 1 })} disabled={wish.step === 1 && !wish.region}>
            {t("Next")}
          </Button>
        ) : (
          <Button onClick={() => create.mutate()} loading={create.isPending} disabled={!ready}>
            {t("Launch the cluster")}
          </Button>
        )}
      </Group>
      <TwinNote twin={twinOf(env, wish, body)} />
    </Stack>
  );
}

function TierStep({ wish, onPick }: { wish: Wish; onPick: (kind: string) => void }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} pt="md">
      {TIERS.map((tier) => (
        <UnstyledButton
          key={tier.kind}
          className="weir-card weir-card-link"
          p="md"
          aria-pressed={tier.kind === wish.tier.kind}
          data-picked={tier.kind === wish.tier.kind || undefined}
          onClick={() => onPick(tier.kind)}
        >
          <Text fw={650}>{tier.kind}</Text>
          <Text fz="sm" c="dimmed">
            {tier.text}
          </Text>
        </UnstyledButton>
      ))}
    </SimpleGrid>
  );
}

function PlaceStep({ wish, go }: { wish: Wish; go: (search: Record<string, string>) => void }) {
  const query = useQuery(catalogue());
  return (
    <Loaded query={query} lines={2}>
      {(clouds) => {
        const cloud = clouds.find((one) => one.id === wish.cloud.toLowerCase()) ?? clouds[0];
        return (
          <Panel title={t("Where")}>
            <Text fz="sm" c="dimmed">
              {t("Kept as asked. This Weir places every cluster on its own cell, whatever the region.")}
            </Text>
            <SimpleGrid cols={{ base: 1, sm: 3 }}>
              <Select
                label={t("Cloud")}
                data={clouds.map((one) => ({ value: one.id.toUpperCase(), label: one.name }))}
                value={wish.cloud}
                onChange={(value) => value && go({ cloud: value, region: "" })}
                allowDeselect={false}
              />
              <Select
                label={t("Region")}
                searchable
                data={(cloud?.regions ?? []).map((region) => region.id)}
                value={wish.region || null}
                onChange={(value) => value && go({ region: value })}
                allowDeselect={false}
              />
              <Select
                label={t("Availability")}
                data={wish.tier.availabilities}
                value={wish.availability}
                onChange={(value) => wish.setAvailability(value ?? undefined)}
                allowDeselect={false}
              />
            </SimpleGrid>
            {wish.dedicated ? (
              <NumberInput
                label={t("Size in CKU")}
                min={wish.least}
                max={CKU_MAX}
                value={wish.size}
                onChange={(value) => wish.setCku(Number(value) || 1)}
                maw={200}
              />
            ) : null}
          </Panel>
        );
      }}
    </Loaded>
  );
}

function ReviewStep({ wish }: { wish: Wish }) {
  return (
    <Panel title={t("Name and review")}>
      <TextInput
        label={t("Name")}
        description={t("For people; programs use the id")}
        value={wish.name}
        onChange={(event) => wish.setName(event.currentTarget.value)}
        maw={420}
        data-autofocus
      />
      <Checkbox
        label={t("Protect against deletion")}
        checked={wish.protect}
        onChange={(event) => wish.setProtect(event.currentTarget.checked)}
      />
      <Facts
        facts={[
          [t("Kind"), wish.dedicated ? `${wish.tier.kind}, ${wish.size} CKU` : wish.tier.kind],
          [t("Cloud and region"), `${wish.cloud} ${wish.region ?? t("(choose a region)")}`],
          [t("Availability"), wish.availability],
        ]}
      />
    </Panel>
  );
}
