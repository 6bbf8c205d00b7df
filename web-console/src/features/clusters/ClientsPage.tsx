import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { cluster } from "@/api/queries";
import { t } from "@/i18n";
import { useParam } from "@/lib/useParam";
import { Button, Code, CodeBlock, IconKey, Loaded, Panel, SegmentedControl, Stack, Text } from "@/ui";

import { KeyForm, type MadeKey } from "../keys/KeyForm";
import { SNIPPETS } from "./snippets";

/** What programs need to reach the cluster, with a key made for it on the way. */
export function ClientsPage() {
  const env = useParam("env");
  const lkc = useParam("lkc");
  const query = useQuery(cluster(env, lkc));
  const [name, setName] = useState(SNIPPETS[0]?.name ?? "");
  const [making, setMaking] = useState(false);
  const [key, setKey] = useState<MadeKey>();
  const snippet = SNIPPETS.find((one) => one.name === name);
  return (
    <Loaded query={query}>
      {({ spec }) => {
        const bootstrap = spec.kafka_bootstrap_endpoint?.replace(/^\w+:\/\//, "") ?? "";
        return (
          <Stack gap="lg">
            <Panel
              title={t("Connect a client")}
              actions={
                <Button size="xs" leftSection={<IconKey size={14} />} onClick={() => setMaking(true)}>
                  {t("Make a key for it")}
                </Button>
              }
            >
              {bootstrap === "" ? (
                <Text fz="sm">{t("The cluster has no address yet.")}</Text>
              ) : (
                <>
                  <SegmentedControl
                    aria-label={t("Language")}
                    value={name}
                    onChange={setName}
                    data={SNIPPETS.map((one) => one.name)}
                    style={{ overflowX: "auto", maxWidth: "100%" }}
                  />
                  <CodeBlock
                    label={t("client configuration")}
                    code={
                      snippet?.code({ bootstrap, key: key?.id ?? "KEY", secret: key?.secret ?? "SECRET" }) ??
                      ""
                    }
                  />
                  <Text fz="sm" c="dimmed">
                    {key
                      ? t("The new key is filled in. It is not shown again once you leave this page.")
                      : t(
                          "Secrets are shown once, when a key is made: put yours in place of KEY and SECRET.",
                        )}{" "}
                    <Code>ca.pem</Code> {t("is in the folder tls of Weir's data.")}
                  </Text>
                </>
              )}
            </Panel>
            {making ? (
              <KeyForm
                resource={{ id: lkc, environment: env }}
                onMade={setKey}
                onClose={() => setMaking(false)}
              />
            ) : null}
          </Stack>
        );
      }}
    </Loaded>
  );
}
