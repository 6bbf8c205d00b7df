import { useState } from "react";

import { api, ask, type Schemas } from "@/api/client";
import { t } from "@/i18n";
import { useChange } from "@/lib/useChange";
import { Button, ErrorNote, Facts, Group, PageHeader, Panel, Stack, Text, TextInput } from "@/ui";

/** Lets a device in that shows a code, or keeps it out. */
export function DevicePage() {
  const [code, setCode] = useState("");
  const [device, setDevice] = useState<Schemas["DeviceCode"]>();
  const [done, setDone] = useState<string>();
  const user_code = code.trim().toUpperCase();
  const look = useChange({
    run: () => ask(api.GET("/weir/v1/device-codes/{user_code}", { params: { path: { user_code } } })),
    renews: [],
    then: setDevice,
  });
  const decide = useChange({
    run: (approve: boolean) =>
      ask(
        api.PATCH("/weir/v1/device-codes/{user_code}", {
          params: { path: { user_code } },
          body: { approve },
        }),
      ),
    renews: [],
    then: () => setDone(t("Done. The device goes on by itself.")),
  });
  return (
    <Stack gap="lg" maw={640}>
      <PageHeader
        title={t("Let a device in")}
        detail={t("A device that shows a code acts for you, with your roles, once you approve it here.")}
      />
      <Panel title={t("The code on the device")}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            look.mutate();
          }}
        >
          <Group align="flex-end">
            <TextInput
              label={t("Code")}
              placeholder="BCDF-GHJK"
              autoComplete="off"
              value={code}
              onChange={(event) => {
                setCode(event.currentTarget.value);
                setDevice(undefined);
              }}
            />
            <Button type="submit" variant="default" loading={look.isPending} disabled={user_code === ""}>
              {t("Look")}
            </Button>
          </Group>
        </form>
        {look.error ? <ErrorNote error={look.error} /> : null}
        {decide.error ? <ErrorNote error={decide.error} /> : null}
        {done ? <Text fz="sm">{done}</Text> : null}
        {device && !done ? (
          <>
            <Facts
              facts={[
                [t("It asked from"), device.address || t("not known")],
                [t("It still waits"), t("{{count}} s", { count: device.expires_in })],
              ]}
            />
            <Text fz="sm">{t("Approve it only if you started this yourself, just now.")}</Text>
            <Group>
              <Button loading={decide.isPending} onClick={() => decide.mutate(true)}>
                {t("Let it in")}
              </Button>
              <Button variant="default" onClick={() => decide.mutate(false)}>
                {t("Keep it out")}
              </Button>
            </Group>
          </>
        ) : null}
      </Panel>
    </Stack>
  );
}
