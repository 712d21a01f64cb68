import { isDeepStrictEqual } from 'node:util';
import { Controller } from '@nestjs/common';
import {
  MessageMapping,
  Principal,
  SendTo,
  SimpMessagingTemplate,
  SimpUserRegistry,
  SubscribeMapping,
} from 'nestjs-stomp';
import { distinctUntilChanged, map, type Observable, timer } from 'rxjs';
import { SERVER } from './means.js';
import { RequestMsg } from './request-msg.js';

interface ChatMessage {
  readonly from: string;
  /** Of the server that has handled it. */
  readonly server: string;
  readonly body: string;
}

interface Presence {
  readonly name: string;
  /** A server's name for each of the user's tabs. */
  readonly servers: readonly string[];
}

/** The controller of the first sample. Nothing in it knows of the other server, but for the list of who is there. */
@Controller()
export class MessageResource {
  constructor(
    private readonly messagingTemplate: SimpMessagingTemplate,
    private readonly users: SimpUserRegistry,
  ) {}

  @MessageMapping('/broadcast')
  @SendTo('/topic/broadcast')
  broadcast(requestMsg: RequestMsg, principal: Principal): ChatMessage {
    return this.#message(requestMsg, principal);
  }

  /** Only at the moment of subscribing: which server is this? */
  @SubscribeMapping('/subscribe')
  subscribe(): { server: string; pid: number } {
    return { server: SERVER, pid: process.pid };
  }

  /** All tabs of one user, whichever servers they are connected to. */
  @MessageMapping('/one')
  async one(requestMsg: RequestMsg, principal: Principal): Promise<void> {
    const { to = principal.name } = requestMsg;
    await this.messagingTemplate.convertAndSendToUser(String(to), '/queue/one', this.#message(requestMsg, principal));
  }

  /** Who is there, and again after each change. */
  @SubscribeMapping('/users')
  presence(): Observable<readonly Presence[]> {
    return timer(0, 250).pipe(
      map(() => this.#presence()),
      distinctUntilChanged((before, now) => isDeepStrictEqual(before, now)),
    );
  }

  #message({ body }: RequestMsg, { name }: Principal): ChatMessage {
    return { from: name, server: SERVER, body: String(body) };
  }

  #presence(): Presence[] {
    return this.users
      .getUsers()
      .map(({ name, sessions }) => ({
        name,
        // The registry names the server of sessions elsewhere.
        servers: sessions.map(({ server }) => server ?? SERVER).sort(),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
