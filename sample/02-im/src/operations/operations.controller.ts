import { Controller, Get, Header, Res } from '@nestjs/common';
import type { Response } from 'express';
import { StompStats } from 'nestjs-stomp';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from 'nestjs-stomp/prometheus';
import { IngestQueue } from '../ports/ingest-queue.js';
import { ImMetrics } from './im-metrics.js';
import { Readiness } from './readiness.js';

@Controller()
export class OperationsController {
  constructor(
    private readonly stats: StompStats,
    private readonly metrics: ImMetrics,
    private readonly readiness: Readiness,
    private readonly ingest: IngestQueue,
  ) {}

  /** The process answers. */
  @Get('/healthz')
  health() {
    return { status: 'ok' };
  }

  /** It can take messages: the disk takes them, the queue is not full, and it is not stopping. */
  @Get('/readyz')
  async ready(@Res({ passthrough: true }) response: Response) {
    const failure = await this.readiness.failure();
    if (failure !== undefined) response.status(503);
    return {
      status: failure === undefined ? 'ready' : 'not ready',
      failure,
      waiting: this.ingest.depth,
      synchronous: 'FULL',
    };
  }

  @Get('/metrics')
  @Header('Content-Type', PROMETHEUS_CONTENT_TYPE)
  async text(): Promise<string> {
    return prometheusText(this.stats.snapshot()) + (await this.metrics.text());
  }
}
