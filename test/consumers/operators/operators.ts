// A stranger's application with all that operators ask for: it has the optional peer, which `app` has not.
import assert from 'node:assert/strict';
import { Controller, Get, Header, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { StompModule, StompStats } from 'nestjs-stomp';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from 'nestjs-stomp/prometheus';
import { StompHealthIndicator } from 'nestjs-stomp/terminus';

@Controller()
class OperatorsController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly stomp: StompHealthIndicator,
    private readonly stats: StompStats,
  ) {}

  @Get('/health')
  @HealthCheck()
  health() {
    return this.checks.check([() => this.stomp.isHealthy('stomp', { maxSessions: 10 })]);
  }

  @Get('/metrics')
  @Header('Content-Type', PROMETHEUS_CONTENT_TYPE)
  metrics(): string {
    return prometheusText(this.stats.snapshot());
  }
}

@Module({
  imports: [StompModule.forRoot(), TerminusModule],
  controllers: [OperatorsController],
  providers: [StompHealthIndicator],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['fatal', 'error'], abortOnError: false });
  await app.listen(0);
  const url = `http://localhost:${app.getHttpServer().address().port}`;
  const health = await fetch(`${url}/health`);
  assert.equal(health.status, 200);
  assert.deepEqual(((await health.json()) as { info: unknown }).info, { stomp: { status: 'up', sessions: 0 } });
  const metrics = await fetch(`${url}/metrics`);
  assert.match(await metrics.text(), /^stomp_server_running 1$/m);
  await app.close();
}

void main();
