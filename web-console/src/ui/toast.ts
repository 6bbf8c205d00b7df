import { notifications } from "@mantine/notifications";

/** Says shortly that something is done. */
export function toast(message: string): void {
  notifications.show({ message, color: "weir", withBorder: true, autoClose: 4000 });
}
