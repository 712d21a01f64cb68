import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { ImError } from '../model/error.js';
import { isLoopbackAddress, isPublicAddress } from './address-guard.js';
import type { PushOptions } from './push-options.js';

const SHOWN = 100;

/** To where notifications may be sent. Whoever subscribes names the host, and the server calls it: it must be no host of our own network. */
export class PushEndpoints {
  constructor(private readonly options: Pick<PushOptions, 'hosts' | 'allowsLoopback'>) {}

  /** @throws ImError BAD_REQUEST when it is no URL to which something is sent; a name may still lead elsewhere */
  parse(endpoint: string): URL {
    const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
    const isSecure = url?.protocol === 'https:' || (this.options.allowsLoopback && url?.protocol === 'http:');
    if (!url || !isSecure || url.username !== '' || url.password !== '') {
      const shown = JSON.stringify(endpoint.slice(0, SHOWN));
      throw new ImError('BAD_REQUEST', `The endpoint must be an https: URL without a user, but it is ${shown}.`);
    }
    if (!this.#isService(url)) {
      throw new ImError(
        'BAD_REQUEST',
        `The endpoint is at ${url.hostname}, which is no push service that is used here.`,
      );
    }
    if (isIP(hostOf(url)) && !this.#isAllowed(hostOf(url))) throw notPublic(url);
    return url;
  }

  /** Asks for the addresses of the host, too: so that who subscribes is told, not only those who wait for a notification. */
  async check(endpoint: string): Promise<void> {
    const url = this.parse(endpoint);
    // A name that cannot be looked up now may be found when something is to be sent.
    const addresses = await promisify(lookup)(hostOf(url), { all: true }).catch(() => []);
    if (!addresses.every(({ address }) => this.#isAllowed(address))) throw notPublic(url);
  }

  /** For the socket itself: between a check and the connection, a name could be given another address. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '', 4);
      if (!addresses.every(({ address }) => this.#isAllowed(address))) {
        return callback(new Error(`${hostname} is not on the Internet`), '', 4);
      }
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };

  #isService({ hostname }: URL): boolean {
    const { hosts } = this.options;
    return hosts.length === 0 || hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
  }

  #isAllowed(address: string): boolean {
    return isPublicAddress(address) || (this.options.allowsLoopback && isLoopbackAddress(address));
  }
}

/** An address of IPv6 without its brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function notPublic({ hostname }: URL): ImError {
  const message = `The endpoint is at ${hostname}, which is not on the Internet: push services are.`;
  return new ImError('BAD_REQUEST', message);
}
