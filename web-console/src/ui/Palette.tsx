import { Button, Kbd } from "@mantine/core";
import { Spotlight, spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";

import { t } from "@/i18n";

export interface Destination {
  id: string;
  label: string;
  description?: string;
  go: () => void;
}

const SHOWN_MAX = 12;

/** Every place by its name: Ctrl+K or Cmd+K. */
export function Palette({ destinations }: { destinations: Destination[] }) {
  return (
    <>
      <Button
        variant="default"
        size="sm"
        visibleFrom="sm"
        leftSection={<IconSearch size={15} />}
        rightSection={<Kbd size="xs">Ctrl K</Kbd>}
        onClick={spotlight.open}
      >
        {t("Go to")}
      </Button>
      <Spotlight
        shortcut="mod + K"
        limit={SHOWN_MAX}
        highlightQuery
        nothingFound={t("Nothing is called so")}
        searchProps={{ placeholder: t("Cluster, environment or page"), "aria-label": t("Go to") }}
        actions={destinations.map(({ id, label, description, go }) => ({
          id,
          label,
          ...(description === undefined ? {} : { description }),
          onClick: go,
        }))}
      />
    </>
  );
}
