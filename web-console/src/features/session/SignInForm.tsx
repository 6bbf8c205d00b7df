import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";

import { t } from "@/i18n";
import { Button, ErrorNote, PasswordInput, Stack, TextInput } from "@/ui";

import { beginSso, signIn, wantsCode } from "./signIn";

/** E-mail address and password. `email` is given when only the same person may go on. */
export function SignInForm({ email: fixed, onDone }: { email?: string; onDone: () => void }) {
  const [email, setEmail] = useState(fixed ?? "");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asked, setAsked] = useState(false);
  const entering = useMutation({
    mutationFn: () => signIn(email.trim(), password, code.trim()),
    onSuccess: onDone,
    onError: (error) => setAsked((before) => before || wantsCode(error)),
  });
  const leaving = useMutation({ mutationFn: () => beginSso(email.trim()) });
  const send = (event: FormEvent) => {
    event.preventDefault();
    entering.mutate();
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <TextInput
          label={t("E-mail address")}
          type="text"
          inputMode="email"
          autoComplete="username"
          value={email}
          readOnly={fixed !== undefined}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("Password")}
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("Show the password") }}
        />
        {asked ? (
          <TextInput
            label={t("Code of your second factor")}
            description={t("Six digits of your authenticator, or a recovery code")}
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
            data-autofocus
          />
        ) : null}
        {entering.isError && !wantsCode(entering.error) ? <ErrorNote error={entering.error} /> : null}
        <Button type="submit" loading={entering.isPending} disabled={email.trim() === "" || password === ""}>
          {t("Sign in")}
        </Button>
        {leaving.isError ? <ErrorNote error={leaving.error} /> : null}
        <Button
          variant="subtle"
          loading={leaving.isPending}
          disabled={email.trim() === ""}
          onClick={() => leaving.mutate()}
        >
          {t("Single sign-on")}
        </Button>
      </Stack>
    </form>
  );
}
