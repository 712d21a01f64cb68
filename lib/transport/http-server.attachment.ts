import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ignoreUpgrade } from './ignored-upgrade.js';
import { answerRaw } from './raw-answer.js';

/** Takes the requests that are ours. None of the methods throws. */
export interface HttpRequestTaker {
  /** @returns false when the request is somebody else's */
  takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** @returns false when the request is somebody else's */
  takeRequest(request: IncomingMessage, response: ServerResponse): boolean;
}

type Emit = Server['emit'];

/**
 * Stands before all listeners of an HTTP server: a request that is ours is seen by nobody else, all others reach those who
 * listen, as if we were not there.
 *
 * It stands in `emit` rather than in the list of listeners, because others treat that list as theirs: engine.io takes over the
 * `request` listeners it finds, Nest's `WsAdapter` destroys every upgrade whose path it does not know, and both may come after us.
 * So it does not matter who came first, or comes later, or goes.
 */
export class HttpServerAttachment {
  #emitOfOthers: Emit | undefined;
  #hadOwnEmit = false;
  #isAttached = false;

  constructor(
    readonly server: Server,
    private readonly taker: HttpRequestTaker,
  ) {}

  /** May be called again at any time, and does then what is left to do. */
  attach(): void {
    const { server } = this;
    this.#isAttached = true;
    // Node tells of upgrades only if somebody listens.
    if (!server.listeners('upgrade').includes(nobody)) server.on('upgrade', nobody);
    if (this.#emitOfOthers !== undefined) return;
    this.#hadOwnEmit = Object.hasOwn(server, 'emit');
    this.#emitOfOthers = server.emit;
    server.emit = this.#emit;
  }

  detach(): void {
    const { server } = this;
    this.#isAttached = false;
    server.off('upgrade', nobody);
    // If someone has put another `emit` before ours, ours stays and lets everything pass.
    if (this.#emitOfOthers === undefined || server.emit !== this.#emit) return;
    if (this.#hadOwnEmit) server.emit = this.#emitOfOthers;
    else delete (server as Partial<Server>).emit;
    this.#emitOfOthers = undefined;
  }

  readonly #emit = ((event: string | symbol, ...args: unknown[]): boolean => {
    if (this.#isAttached && this.#take(event, args)) return true;
    return Reflect.apply(this.#emitOfOthers!, this.server, [event, ...args]) as boolean;
  }) as Emit;

  #take(event: string | symbol, args: unknown[]): boolean {
    switch (event) {
      case 'request':
        return this.taker.takeRequest(...(args as [IncomingMessage, ServerResponse]));
      case 'checkContinue':
        return this.#takeExpecting(...(args as [IncomingMessage, ServerResponse]));
      case 'upgrade':
        return this.#takeUpgrade(...(args as [IncomingMessage, Duplex, Buffer]));
      default:
        return false;
    }
  }

  /** The client waits for a word before it sends the body. */
  #takeExpecting(request: IncomingMessage, response: ServerResponse): boolean {
    const isOurs = this.taker.takeRequest(request, response);
    if (isOurs && !response.headersSent) response.writeContinue();
    return isOurs;
  }

  #takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (this.taker.takeUpgrade(request, socket, head)) return true;
    if (this.server.listeners('upgrade').some((listener) => listener !== nobody)) return false;
    if (!ignoreUpgrade(this.server, request, socket, head)) answerRaw(socket, 404);
    return true;
  }
}

/** Listens for upgrades so that there are some. */
function nobody(): void {}
