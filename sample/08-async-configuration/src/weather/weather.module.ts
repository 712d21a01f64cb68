import { Module } from '@nestjs/common';
import { StompModule } from 'nestjs-stomp';
import { WeatherController } from './weather.controller.js';

/** A feature brings its own part of the options: here what is kept for those who come later. */
@Module({
  imports: [StompModule.forFeature({ broker: { history: [{ destination: '/topic/weather.**', size: 20 }] } })],
  controllers: [WeatherController],
})
export class WeatherModule {}
