import { useQuery } from "@tanstack/react-query";

import { serviceAccounts, users } from "@/api/queries";

export interface Principal {
  /** `User:sa-…` or `User:u-…` */
  id: string;
  name: string;
}

/** Accounts and people that one may see, as roles and events name them. */
export function usePrincipals(): Principal[] {
  const accounts = useQuery(serviceAccounts());
  const people = useQuery(users());
  return [
    ...(people.data ?? []).map((one) => ({ id: `User:${one.id}`, name: one.full_name || one.email })),
    ...(accounts.data ?? []).map((one) => ({ id: `User:${one.id}`, name: one.display_name })),
  ];
}
