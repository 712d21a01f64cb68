import { Global, Module, type DynamicModule } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { ThrottlerModule } from '@nestjs/throttler';
import { StompModule } from 'nestjs-stomp';
import { AccountsController } from './accounts/accounts.controller.js';
import { AccountsService } from './accounts/accounts.service.js';
import { AuthenticationService } from './accounts/authentication.service.js';
import { DemoUsers } from './accounts/demo-users.js';
import { SessionController } from './accounts/session.controller.js';
import { StompAuthentication } from './accounts/stomp-authentication.js';
import { TokensService } from './accounts/tokens.service.js';
import { CommandsService } from './commands.service.js';
import { FilesController } from './files/files.controller.js';
import { FilesService } from './files/files.service.js';
import { SignedLinks } from './files/signed-links.js';
import { ImErrorAdvice } from './im-error.advice.js';
import { IM_OPTIONS, type ImOptions } from './im-options.js';
import { Acknowledgements } from './inbox/acknowledgements.js';
import { InboxController } from './inbox/inbox.controller.js';
import { SWEEP_INTERVAL } from './inbox/inbox.constants.js';
import { InboxCursors } from './inbox/inbox-cursors.js';
import { InboxTrim } from './inbox/inbox-trim.js';
import { LiveController } from './live/live.controller.js';
import { LiveService } from './live/live.service.js';
import { MemberCache } from './live/member-cache.js';
import { PresenceService } from './live/presence.service.js';
import { RoomTopics } from './live/room-topics.js';
import { MessagesController } from './messages/messages.controller.js';
import { TimelineWriter } from './messages/timeline-writer.js';
import { ImMetrics } from './operations/im-metrics.js';
import { OperationsController } from './operations/operations.controller.js';
import { Readiness } from './operations/readiness.js';
import { PushProvider } from './ports/push-provider.js';
import { PushController } from './push/push.controller.js';
import { PushExpansion } from './push/push-expansion.js';
import { PushJob } from './push/push-job.js';
import { PushSender } from './push/push-sender.js';
import { vapidKeysOf } from './push/vapid-keys.js';
import { WebPushProvider } from './push/web-push-provider.js';
import { QueriesController, RoomsSubscriptionController } from './queries/queries.controller.js';
import { Retention } from './rooms/retention.js';
import { RoomsController } from './rooms/rooms.controller.js';
import { SECRET, secretOf } from './secret.js';
import { ImStompOptions } from './stomp-options.js';
import { StorageModule } from './storage.module.js';
import { UnknownDestinationController } from './unknown-destination.controller.js';

const MINUTE = 60_000;

@Global()
@Module({})
class OptionsModule {
  static with(options: ImOptions): DynamicModule {
    const providers = [
      { provide: IM_OPTIONS, useValue: options },
      { provide: SECRET, useFactory: () => secretOf(options) },
    ];
    return { module: OptionsModule, providers, exports: providers };
  }
}

@Module({
  imports: [
    JwtModule.registerAsync({
      inject: [SECRET, IM_OPTIONS],
      useFactory: (secret: string, { tokenSeconds }: ImOptions) => ({
        secret,
        signOptions: { expiresIn: tokenSeconds },
      }),
    }),
  ],
  providers: [TokensService, AuthenticationService, StompAuthentication],
  exports: [TokensService, AuthenticationService, StompAuthentication],
})
class AuthenticationModule {}

@Module({})
export class AppModule {
  static with(options: ImOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        OptionsModule.with(options),
        StorageModule,
        AuthenticationModule,
        // Passwords cannot be tried out, nor names be used up, by the thousand.
        ThrottlerModule.forRoot([{ ttl: MINUTE, limit: options.loginsPerMinute }]),
        StompModule.forRootAsync({ imports: [AuthenticationModule], useClass: ImStompOptions }),
      ],
      controllers: [
        AccountsController,
        SessionController,
        MessagesController,
        RoomsController,
        QueriesController,
        RoomsSubscriptionController,
        InboxController,
        LiveController,
        FilesController,
        PushController,
        OperationsController,
        UnknownDestinationController,
      ],
      providers: [
        AccountsService,
        DemoUsers,
        CommandsService,
        TimelineWriter,
        { provide: SWEEP_INTERVAL, useValue: 5_000 },
        InboxCursors,
        InboxTrim,
        Retention,
        Acknowledgements,
        MemberCache,
        LiveService,
        PresenceService,
        RoomTopics,
        FilesService,
        SignedLinks,
        {
          provide: PushProvider,
          useFactory: () => new WebPushProvider(vapidKeysOf(options), options.push),
        },
        PushExpansion,
        PushSender,
        PushJob,
        ImErrorAdvice,
        ImMetrics,
        Readiness,
      ],
    };
  }
}
