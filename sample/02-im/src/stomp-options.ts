import { Injectable } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import {
  MessageSecurityRules,
  type AuthorizationContext,
  type StompModuleOptions,
  type StompOptionsFactory,
} from 'nestjs-stomp';
import { StompAuthentication } from './accounts/stomp-authentication.js';
import { TimelineStore } from './ports/timeline-store.js';

/** Content of 32 KiB may be twice as long in JSON, and there is more around it. */
const FRAME_LIMIT = 98_304;

@Injectable()
export class ImStompOptions implements StompOptionsFactory {
  constructor(
    private readonly authentication: StompAuthentication,
    private readonly store: TimelineStore,
  ) {}

  createStompOptions(): StompModuleOptions {
    return {
      endpoints: [{ path: '/ws' }, { path: '/sockjs', sockJs: true }],
      // The inbox is a user destination that a method answers.
      applicationDestinationPrefixes: ['/app', '/user/queue'],
      errorDestination: '/queue/im.errors',
      authenticate: (connect) => this.authentication.authenticate(connect),
      security: (rules) => this.#rules(rules),
      transport: { messageSizeLimit: FRAME_LIMIT, sessionsPerUserLimit: 20, subscriptionLimit: 200 },
    };
  }

  #rules(rules: MessageSecurityRules): MessageSecurityRules {
    return rules
      .nullDestMatcher()
      .authenticated()
      .simpSubscribeDestMatchers('/topic/im.room.{room}')
      .access((context) => this.#isMember(context))
      .simpSubscribeDestMatchers('/user/queue/im.{what}', '/app/im.rooms', '/topic/im.broadcast')
      .authenticated()
      .simpMessageDestMatchers('/app/**')
      .authenticated()
      .anyMessage()
      .denyAll();
  }

  /** @throws WsException in the words that our own errors have */
  async #isMember({ user, variables }: AuthorizationContext): Promise<boolean> {
    if (user && (await this.store.isMember(user.name, variables.room!))) return true;
    throw new WsException({ code: 'FORBIDDEN', message: 'You are not a member of this room.' });
  }
}
