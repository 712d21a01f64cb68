import { Module } from '@nestjs/common';
import { StompModule } from 'nestjs-stomp';
import { PollController } from './poll.controller.js';
import { PollHours } from './poll-hours.js';

const stomp = StompModule.forRoot({
  authenticate: ({ login }) => (login ? { name: login } : undefined), // a demonstration: whoever gives a name is believed
});

@Module({ imports: [stomp], controllers: [PollController], providers: [PollHours] })
export class AppModule {}
