import type { EndpointOptions } from '../interfaces/endpoint-options.interface.js';
import type { AsyncApiServer } from './async-api-document.interface.js';
import { put } from './put.js';

/** A host that the application is reached at. */
export interface AsyncApiServerOptions {
  /** Its name, with the port if it is not the usual one. */
  host: string;
  /** @default 'ws' */
  protocol?: 'ws' | 'wss';
  /** The path where clients connect, if a proxy makes it another one. @default one server for each path of the endpoints */
  pathname?: string;
  title?: string;
  /** CommonMark is allowed. */
  description?: string;
}

const STOMP = 'STOMP 1.2, 1.1 and 1.0 over WebSocket';

/** Nobody but the programmer knows under which names an application is reached. */
const ANY_HOST = {
  host: '{host}',
  variables: { host: { default: 'localhost', description: 'Where the application is reached, with its port.' } },
};

/** The endpoints at every host. */
export function serversOf(
  endpoints: readonly EndpointOptions[],
  hosts: Record<string, AsyncApiServerOptions> = { '': ANY_HOST },
): Record<string, AsyncApiServer> {
  const servers: Record<string, AsyncApiServer> = {};
  const paths = endpoints.flatMap(({ path = '/ws', sockJs }) => {
    const description = sockJs ? `${STOMP}; SockJS at the same path over HTTP.` : `${STOMP}.`;
    return [path].flat().map((pathname) => ({ pathname, description }));
  });
  for (const [name, { host, pathname, ...others }] of Object.entries(hosts)) {
    const places = pathname === undefined ? paths : [{ pathname, description: `${STOMP}.` }];
    const isNameEnough = name !== '' && places.length === 1;
    for (const place of places) {
      put(servers, isNameEnough ? name : name + place.pathname, { host, protocol: 'ws', ...place, ...others });
    }
  }
  return servers;
}
