import { useState } from 'preact/hooks';

export interface Task {
  readonly busy: boolean;
  /** Why the last attempt did not succeed. */
  readonly error: string | undefined;
  run(work: () => Promise<unknown>): void;
}

/** Something that is done at a click, and takes a while. */
export function useTask(): Task {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const run = (work: () => Promise<unknown>): void => {
    setBusy(true);
    setError(undefined);
    work()
      .catch((reason: unknown) => setError(reason instanceof Error ? reason.message : String(reason)))
      .finally(() => setBusy(false));
  };
  return { busy, error, run };
}
