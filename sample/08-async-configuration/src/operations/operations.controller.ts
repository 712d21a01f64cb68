import { Controller, Get, Header } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { StompStats } from 'nestjs-stomp';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from 'nestjs-stomp/prometheus';
import { StompHealthIndicator } from 'nestjs-stomp/terminus';

/** For operators, not for strangers. */
@Controller()
export class OperationsController {
  constructor(
    private readonly config: ConfigService,
    private readonly health: HealthCheckService,
    private readonly stats: StompStats,
    private readonly stomp: StompHealthIndicator,
  ) {}

  @Get('metrics')
  @Header('Content-Type', PROMETHEUS_CONTENT_TYPE)
  metrics(): string {
    return prometheusText(this.stats.snapshot());
  }

  @Get('health')
  @HealthCheck()
  check() {
    const maxSessions = Number(this.config.getOrThrow('MAX_SESSIONS'));
    return this.health.check([() => this.stomp.isHealthy('stomp', { maxSessions })]);
  }
}
