import { Module } from '@nestjs/common';
import { StompModule } from 'nestjs-stomp';
import { LoginController } from './login.controller.js';
import { RoomController } from './room.controller.js';
import { find, verify } from './users.js';

const stomp = StompModule.forRoot({
  authenticate: ({ passcode }) => verify(passcode),
  // The first rule that is for a frame decides; what no rule is for is denied.
  security: (rules) =>
    rules
      .nullDestMatcher()
      .authenticated()
      .simpSubscribeDestMatchers('/user/queue/errors')
      .authenticated()
      .simpMessageDestMatchers('/topic/**')
      .hasRole('ADMIN')
      .simpDestMatchers('/app/room/{room}', '/topic/room.{room}')
      .access(({ user, variables }) => find(user?.name).rooms.includes(variables.room!)),
  rateLimits: [{ by: 'address', frames: { perSecond: 50, burst: 100 } }],
});

@Module({ imports: [stomp], controllers: [LoginController, RoomController] })
export class AppModule {}
