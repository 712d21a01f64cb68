import { Module } from '@nestjs/common';
import { StompModule } from 'nestjs-stomp';
import { LoginController } from './login/login.controller.js';
import { userOf } from './login/login-cookie.js';
import { MessageResource } from './message.resource.js';

@Module({
  imports: [
    StompModule.forRoot({
      endpoints: [{ path: '/webSocket', sockJs: { clientLibraryUrl: '/js/sockjs.min.js' }, handshake: userOf }],
      // A demonstration: whoever gives a name is believed, so that one browser can be two users on the frames page.
      // An application would check the passcode, or a token, and throw for those it does not know.
      authenticate: ({ login }) => (login ? { name: login } : undefined),
    }),
  ],
  controllers: [MessageResource, LoginController],
})
export class AppModule {}
