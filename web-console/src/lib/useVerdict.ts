import { useQuery } from "@tanstack/react-query";

import { myBindings } from "@/api/queries";

import { verdict, type Action, type Verdict } from "./permissions";

/** Whether whoever is signed in may do something; nothing while that is not known. */
export function useVerdict(action: Action, crn?: string): Verdict | undefined {
  const bindings = useQuery(myBindings());
  // Who cannot even be told their roles may try: the API decides anyway.
  if (bindings.isError) return { ok: true };
  return bindings.data && verdict(bindings.data, action, crn);
}
