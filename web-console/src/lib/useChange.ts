import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";

import { toast } from "@/ui/toast";

interface Change<Input, Output> {
  run: (input: Input) => Promise<Output>;
  /** What is asked for again afterwards. */
  renews: QueryKey[];
  /** What is said when it is done. */
  done?: string;
  then?: (output: Output) => void;
}

/** A change through the API; what it touched is read again before it counts as done. */
export function useChange<Input = void, Output = unknown>({
  run,
  renews,
  done,
  then,
}: Change<Input, Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async (output) => {
      await Promise.all(renews.map((queryKey) => client.invalidateQueries({ queryKey })));
      if (done) toast(done);
      then?.(output);
    },
  });
}
