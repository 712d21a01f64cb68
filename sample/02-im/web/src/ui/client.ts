import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Account } from '../core/account.js';
import type { ImClient } from '../core/im-client.js';
import type { ImState } from '../core/state.js';

export const ClientContext = createContext<ImClient | undefined>(undefined);

export function useClient(): ImClient {
  return useContext(ClientContext)!;
}

export function useAccount(): Account {
  return useClient().account;
}

/** Draws again when what is selected has become another value. */
export function useIm<T>(select: (state: ImState) => T): T {
  const { state } = useClient();
  const [, redraw] = useState<T>();
  const selected = select(state.get());
  useEffect(() => {
    const check = () => redraw(() => select(state.get()));
    check();
    return state.subscribe(check);
  });
  return selected;
}
