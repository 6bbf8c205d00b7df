import { Avatar, Menu, Text, UnstyledButton } from "@mantine/core";
import { IconLogout, IconUser } from "@tabler/icons-react";

import { t } from "@/i18n";

interface Props {
  name: string;
  email: string;
  organization: string;
  onSignOut: () => void;
}

/** Who is signed in, where, and the way out. */
export function AccountMenu({ name, email, organization, onSignOut }: Props) {
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton aria-label={t("Account of {{name}}", { name })}>
          <Avatar size={34} color="weir" radius="xl" aria-hidden>
            <IconUser size={18} />
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text fz="sm" fw={600} c="var(--mantine-color-text)">
            {name}
          </Text>
          <Text fz="xs">{email}</Text>
          <Text fz="xs">{organization}</Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={onSignOut}>
          {t("Sign out")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
