import { Module, UnauthorizedException } from '@nestjs/common';
import { StompModule } from 'nestjs-stomp';
import { means } from './means.js';
import { MessageResource } from './message.resource.js';

@Module({
  imports: [
    StompModule.forRoot({
      endpoints: [{ path: '/webSocket' }],
      // A demonstration: whoever gives a name is believed.
      authenticate({ login }) {
        if (!login) throw new UnauthorizedException('Say who you are: CONNECT needs the header login.');
        return { name: login };
      },
      ...means(),
    }),
  ],
  controllers: [MessageResource],
})
export class AppModule {}
