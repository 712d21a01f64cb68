import { Module } from '@nestjs/common';
import { StompModule } from 'nestjs-stomp';
import { Archive } from './archive.js';
import { StreamController } from './stream.controller.js';

const stomp = StompModule.forRoot({
  broker: { history: [{ destination: '/topic/news', size: 50, ttl: 600_000 }] },
});

@Module({ imports: [stomp], controllers: [StreamController], providers: [Archive] })
export class AppModule {}
