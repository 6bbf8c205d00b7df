import { useState } from "react";

import { api, ask } from "@/api/client";
import { t } from "@/i18n";
import { useChange } from "@/lib/useChange";
import { FormDrawer, PasswordInput } from "@/ui";

export const PASSWORD_MIN = 12;

/** Another password; every other session of the person ends. No request is shown: it would have the passwords in it. */
export function ChangePassword({ onClose }: { onClose: () => void }) {
  const [old_password, setOld] = useState("");
  const [new_password, setNew] = useState("");
  const change = useChange({
    run: () => ask(api.POST("/weir/v1/password", { body: { old_password, new_password } })),
    renews: [],
    done: t("The password is changed. Your other sessions are over."),
    then: onClose,
  });
  const visibility = { "aria-label": t("Show the password") };
  return (
    <FormDrawer
      opened
      title={t("Change the password")}
      submit={t("Change")}
      onClose={onClose}
      onSubmit={() => change.mutate()}
      busy={change.isPending}
      error={change.error}
      ready={old_password !== "" && new_password.length >= PASSWORD_MIN}
    >
      <PasswordInput
        label={t("The password you have")}
        autoComplete="current-password"
        value={old_password}
        onChange={(event) => setOld(event.currentTarget.value)}
        visibilityToggleButtonProps={visibility}
        data-autofocus
      />
      <PasswordInput
        label={t("The password you want")}
        description={t("At least {{count}} characters", { count: PASSWORD_MIN })}
        autoComplete="new-password"
        value={new_password}
        onChange={(event) => setNew(event.currentTarget.value)}
        visibilityToggleButtonProps={visibility}
      />
    </FormDrawer>
  );
}
