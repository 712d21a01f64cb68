import type { Type } from '@nestjs/common';
import type { GatewayMetadata } from '@nestjs/websockets';
import { needsOwnHandler } from '../handler/argument-resolvers.js';
import type { MessageMappingRegistry } from '../handler/message-mapping.registry.js';
import {
  GATEWAY_OPTIONS,
  MESSAGE_MAPPING_METADATA,
  MESSAGE_METADATA,
  PORT_METADATA,
  ROUTE_ARGS_METADATA,
} from '../handler/nest-internals.js';
import type { HandlerHost } from '../handler/handler-host.js';
import { MetadataScanner } from '@nestjs/core';
import type { ContextMethod } from '../handler/stomp-execution-context.js';
import { SEND_TO_METADATA, SEND_TO_USER_METADATA } from '../stomp.constants.js';
import { DestinationPattern } from '../utils/destination-pattern.js';
import { GatewayHandler, type GatewayDependencies } from './gateway-handler.js';

export interface GatewayExplorerOptions {
  readonly endpoints: readonly { readonly path?: string | readonly string[] }[];
  readonly applicationDestinationPrefixes: readonly string[];
  readonly pathSeparator: '/' | '.';
}

interface GatewayMethod extends ContextMethod {
  readonly name: string;
}

/** Finds the `@SubscribeMessage` methods of gateways and puts them into the registry, beside those of controllers. */
export class GatewayExplorer {
  readonly #scanner = new MetadataScanner();
  readonly #paths: readonly string[];
  readonly #prefixes: readonly string[];

  constructor(
    private readonly registry: MessageMappingRegistry,
    private readonly dependencies: GatewayDependencies,
    private readonly options: GatewayExplorerOptions,
    private readonly log: { warn(message: string): void },
  ) {
    this.#paths = options.endpoints.flatMap(({ path = '/ws' }) => path);
    this.#prefixes = options.applicationDestinationPrefixes.map((prefix) =>
      prefix.endsWith('/') ? prefix : `${prefix}/`,
    );
  }

  /** @throws Error which names the gateway, the method and what is wrong with it */
  explore(hosts: readonly HandlerHost[]): void {
    for (const host of hosts.filter(({ isGateway }) => isGateway)) {
      this.#checkOptions(host.classRef);
      for (const method of this.#methodsOf(host.classRef)) this.#map(host, method);
    }
  }

  #methodsOf(classRef: Type<object>): GatewayMethod[] {
    const prototype = classRef.prototype as Record<string, GatewayMethod['callback']>;
    return this.#scanner
      .getAllMethodNames(prototype)
      .filter((name) => Reflect.hasMetadata(MESSAGE_MAPPING_METADATA, prototype[name]!))
      .map((name) => ({
        classRef,
        name,
        callback: prototype[name]!,
        toString: () => `${classRef.name}.${name}()`,
      }));
  }

  #map(host: HandlerHost, method: GatewayMethod): void {
    checkDecorators(method);
    const message: unknown = Reflect.getMetadata(MESSAGE_METADATA, method.callback);
    const pattern = this.#pattern(message, method);
    this.registry.add({ pattern, handler: new GatewayHandler(host, method, message as string, this.dependencies) });
  }

  #pattern(message: unknown, method: GatewayMethod): DestinationPattern {
    try {
      const pattern = new DestinationPattern(this.#lookupOf(message), this.options.pathSeparator);
      if (!pattern.isLiteral) throw new Error('patterns are for @MessageMapping methods');
      return pattern;
    } catch (error) {
      const what = `@SubscribeMessage(${JSON.stringify(message)}) of ${method.toString()}`;
      throw new Error(`${what} is not possible: ${(error as Error).message}.`, { cause: error });
    }
  }

  /** `/app/x` and `x` are one destination: what stands behind the application prefix. */
  #lookupOf(message: unknown): string {
    if (typeof message !== 'string') throw new Error('it must be a destination such as "/app/x", or "x" for the same');
    const prefix = this.#prefixes.find((candidate) => message.startsWith(candidate)) ?? '';
    const lookup = message.slice(prefix.length);
    if (lookup === '') throw new Error('nothing stands behind the application prefix');
    if (lookup.startsWith('/')) {
      throw new Error(`a destination that begins with a slash must begin with ${this.#prefixes.join(' or ')}`);
    }
    return lookup;
  }

  /** Clients come by the endpoints of `StompModule`, which know nothing of gateways. */
  #checkOptions(gateway: Type<object>): void {
    const port = (Reflect.getMetadata(PORT_METADATA, gateway) ?? 0) as number;
    const options = (Reflect.getMetadata(GATEWAY_OPTIONS, gateway) ?? {}) as GatewayMetadata;
    const { path, namespace, ...others } = options;
    const refuse = (what: string, remedy: string): never => {
      throw new Error(`${gateway.name} cannot have the ${what}: with StompWsAdapter ${remedy}.`);
    };
    const paths = this.#paths.join(', ');
    if (port !== 0) refuse(`port ${port}`, `clients come by the application's own port, at ${paths}`);
    if (namespace !== undefined) refuse(`namespace "${String(namespace)}"`, 'all gateways serve all clients');
    if (path !== undefined && !this.#paths.some((endpoint) => bare(endpoint) === bare(path))) {
      refuse(`path "${path}"`, `clients come by the endpoints of StompModule, which are at ${paths}`);
    }
    const names = Object.keys(others);
    if (names.length > 0) {
      this.log.warn(
        `${gateway.name}: the options ${names.join(', ')} of @WebSocketGateway() have no effect with StompWsAdapter; the options ` +
          'of StompModule hold.',
      );
    }
  }
}

function bare(path: string): string {
  return path.replace(/^\/|\/$/g, '');
}

/** What is declared and would be ignored is a mistake. */
function checkDecorators(method: GatewayMethod): void {
  const { classRef, name, callback } = method;
  if (Reflect.hasMetadata(SEND_TO_METADATA, callback) || Reflect.hasMetadata(SEND_TO_USER_METADATA, callback)) {
    throw new Error(
      `${method.toString()} cannot have @SendTo or @SendToUser: what a @SubscribeMessage method returns goes to its sender. ` +
        'Make it a @MessageMapping method, or send with StompGatewayServer.',
    );
  }
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, classRef, name) ?? {}) as Record<
    string,
    { index: number; factory?: unknown }
  >;
  const wrong = Object.values(parameters).find(({ factory }) => needsOwnHandler(factory));
  if (wrong) {
    throw new Error(
      `${method.toString()} cannot have the decorator of its parameter ${wrong.index}: Nest gives gateways their arguments and knows ` +
        '@MessageBody(), @ConnectedSocket() and @Ack(). Make it a @MessageMapping method, which the same class may have.',
    );
  }
}
