import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { apiKeys } from "@/api/queries";
import { t } from "@/i18n";
import { Button, EmptyState, IconKey, IconPlus, Loaded, PageHeader, Stack } from "@/ui";

import { KeyForm } from "./KeyForm";
import { KeysTable } from "./KeysTable";

/** All keys that one may see, of clusters and of the control plane. */
export function KeysPage() {
  const query = useQuery(apiKeys());
  const [making, setMaking] = useState(false);
  const make = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
      {t("Make a Cloud key")}
    </Button>
  );
  return (
    <Stack gap="lg">
      <PageHeader
        title={t("API keys")}
        detail={t(
          "A Cloud key opens the REST API, a key of a cluster opens Kafka and the REST API of that cluster.",
        )}
        actions={make}
      />
      <Loaded query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState
              icon={<IconKey />}
              title={t("No key that you may see")}
              text={t(
                "Scripts and Terraform sign in with a Cloud key. Keys of a cluster are made on its page.",
              )}
              command="weir api-key create --cloud --description ci"
            />
          ) : (
            <KeysTable rows={rows} />
          )
        }
      </Loaded>
      {making ? <KeyForm onClose={() => setMaking(false)} /> : null}
    </Stack>
  );
}
