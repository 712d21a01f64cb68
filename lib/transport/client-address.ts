import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Tells clients apart by their address, also behind proxies that can be trusted to say whom a request is from. */
export class ClientAddresses {
  readonly #trusted = new BlockList();

  /** @param proxies addresses, or networks such as `10.0.0.0/8` */
  constructor(proxies: readonly string[] = []) {
    for (const proxy of proxies) {
      const [address = '', bits] = proxy.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  /**
   * The peer's address or, if the peer is a trusted proxy, the last one in `X-Forwarded-For` that is not. What stands before it may be made up
   * by the client, and is not looked at.
   */
  of({ socket, headers }: IncomingMessage): string {
    let address = withoutMapping(socket.remoteAddress ?? '');
    const forwardedFor = headers['x-forwarded-for'];
    if (forwardedFor === undefined || !this.#trusts(address)) return address;
    for (const hop of String(forwardedFor).split(',').toReversed()) {
      const before = withoutMapping(hop.trim());
      if (isIP(before) === 0) return address;
      address = before;
      if (!this.#trusts(address)) return address;
    }
    return address;
  }

  #trusts(address: string): boolean {
    // A BlockList knows no zones (`fe80::1%eth0`).
    const [plain = ''] = address.split('%');
    return isIP(plain) > 0 && this.#trusted.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  }
}

/** An IPv4 address that came over an IPv6 socket is written as one. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
