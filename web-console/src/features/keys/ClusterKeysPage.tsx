import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { apiKeys } from "@/api/queries";
import { t } from "@/i18n";
import { useParam } from "@/lib/useParam";
import { Button, EmptyState, IconKey, IconPlus, Loaded, Stack } from "@/ui";

import { KeyForm } from "./KeyForm";
import { KeysTable } from "./KeysTable";

/** Keys of one cluster. Everybody may have some of their own; the API lists those that one may see. */
export function ClusterKeysPage() {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const query = useQuery(apiKeys({ resource: lkc }));
  const [making, setMaking] = useState(false);
  const make = (
    <Button size="sm" leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>
      {t("Make a key")}
    </Button>
  );
  return (
    <Stack>
      <Loaded query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState
              icon={<IconKey />}
              title={t("No key of this cluster that you may see")}
              text={t("Programs sign in to Kafka with a key and its secret.")}
              action={make}
              command={`weir api-key create --cluster ${lkc} --environment ${env}`}
            />
          ) : (
            <KeysTable rows={rows} tools={make} />
          )
        }
      </Loaded>
      {making ? <KeyForm resource={{ id: lkc, environment: env }} onClose={() => setMaking(false)} /> : null}
    </Stack>
  );
}
