import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { StompHealthIndicator } from 'nestjs-stomp/terminus';
import { OperationsController } from './operations.controller.js';

@Module({ imports: [TerminusModule], controllers: [OperationsController], providers: [StompHealthIndicator] })
export class OperationsModule {}
