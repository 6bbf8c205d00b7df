import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { apiKeys } from "@/api/queries";
import { useSession } from "@/api/session";
import { t } from "@/i18n";
import { useParam } from "@/lib/useParam";
import { Button, Group, IconKey, Loaded, Text } from "@/ui";

import { KeyForm } from "./KeyForm";

interface Props {
  lkc: string;
  /** What takes the key, in a sentence. */
  what: string;
  children: ReactNode;
}

/** Brokers know people by their keys alone: what is asked of them waits until there is one. */
export function KeyGate({ lkc, what, children }: Props) {
  const env = useParam("env");
  const me = useSession()?.userId ?? "";
  const query = useQuery(apiKeys({ resource: lkc, owner: me }));
  const [making, setMaking] = useState(false);
  const close = () => setMaking(false);
  return (
    <>
      <Loaded query={query} lines={1}>
        {(keys) =>
          keys.length > 0 && !making ? (
            children
          ) : (
            <Group justify="space-between" align="flex-start" className="weir-card" p="md">
              <Text fz="sm" maw={640}>
                {t(
                  "Brokers know people by their keys, and you have none of this cluster. Make one to see {{what}}: your session goes on without its secret, so nothing has to be kept.",
                  { what },
                )}
              </Text>
              <Button size="sm" leftSection={<IconKey size={15} />} onClick={() => setMaking(true)}>
                {t("Make a key")}
              </Button>
            </Group>
          )
        }
      </Loaded>
      {making ? (
        <KeyForm
          resource={{ id: lkc, environment: env }}
          owner={me}
          description={t("console")}
          onClose={close}
        />
      ) : null}
    </>
  );
}
