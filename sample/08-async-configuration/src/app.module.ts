import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { StompModule } from 'nestjs-stomp';
import { OperationsModule } from './operations/operations.module.js';
import { WeatherModule } from './weather/weather.module.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, envFilePath: join(import.meta.dirname, '../.env') }),
    StompModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => {
        const heartbeat = Number(config.getOrThrow('STOMP_HEARTBEAT'));
        return {
          endpoints: [{ path: config.getOrThrow('STOMP_PATH') }],
          broker: { heartbeat: [heartbeat, heartbeat] },
        };
      },
    }),
    WeatherModule,
    OperationsModule,
  ],
})
export class AppModule {}
