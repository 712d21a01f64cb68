import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { ChildApplications, type ChildApplication } from '../utils/child-application.js';
import type { ClusterNode } from './cluster-contract.js';

export interface Worker extends ClusterNode {
  readonly pid: number;
}

/** The workers of a `node:cluster`, each with a port of its own or all with one. A worker that dies is followed by another. */
export interface WorkerCluster {
  readonly workers: readonly Worker[];
  readonly application: ChildApplication;
  stop(): Promise<void>;
}

const OPERATIONS = readFileSync(new URL('operations.ts', import.meta.url), 'utf8');

const server = (options: string, listening: string): string => `
  @Controller()
  class CallController {
    constructor(@Inject(StompRuntime) private readonly runtime) {}

    @MessageMapping('/call')
    async call(@Payload() [name, ...args]: any[], accessor: SimpMessageHeaderAccessor) {
      const result = await operate(this.runtime, name, args);
      if (result !== undefined) accessor.addReceiptHeader('result', JSON.stringify(result));
    }

    @MessageMapping('/echo') @SendTo('/topic/echo')
    echo(@Payload() body: string) {
      return body;
    }
  }

  @Module({
    imports: [StompModule.forRoot({
      authenticate: ({ login }) => (login ? { name: login, roles: ['USER'], secret: 'of the application' } : undefined),
      allowSendToUser: true,
      security: (rules) =>
        rules
          .simpSubscribeDestMatchers('/topic/**')
          .access(({ message }) => !locked.has(message.headers.destination))
          .anyMessage()
          .permitAll(),
      cluster: ${options},
    })],
    controllers: [CallController],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, { logger: ['error'], forceCloseConnections: true });
  app.enableShutdownHooks();
  ${listening}
`;

const IMPORTS = `
  import 'reflect-metadata';
  import { Controller, Inject, Module } from '@nestjs/common';
  import { NestFactory } from '@nestjs/core';
  import { MessageMapping, Payload, SendTo, SimpMessageHeaderAccessor, StompModule } from './dist/index.js';
  import { StompRuntime } from './dist/stomp.runtime.js';
  ${OPERATIONS}
`;

const OWN_PORT = `
  await app.init();
  const listening = app.getHttpServer();
  await new Promise((resolve) => listening.listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve));
  process.send({ url: 'http://127.0.0.1:' + listening.address().port + '/ws' });
`;

const ONE_PORT = `
  await app.listen(0, '127.0.0.1');
  process.send({ url: (await app.getUrl()) + '/ws' });
`;

const primary = (count: number, isOnePort: boolean, timeout: number): string => `
  import cluster from 'node:cluster';
  import { connectWorkers } from './dist/cluster/index.js';
  ${IMPORTS}
  if (cluster.isPrimary) {
    connectWorkers();
    const ready = [];
    cluster.on('message', (worker, { url }) => {
      if (url !== undefined && ready.push({ url, pid: worker.process.pid }) >= ${count}) process.send(JSON.stringify(ready));
    });
    for (let i = 0; i < ${count}; i++) cluster.fork();
    let isOver = false;
    cluster.on('exit', () => {
      if (!isOver) cluster.fork();
      else if (Object.keys(cluster.workers).length === 0) process.exit();
    });
    process.on('SIGTERM', () => {
      isOver = true;
      for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM');
    });
  } else {
    ${server(`{ kind: 'node', name: 'worker ' + process.pid, heartbeat: 200, timeout: ${timeout} }`, isOnePort ? ONE_PORT : OWN_PORT)}
  }
`;

export async function startWorkers(
  applications: ChildApplications,
  count: number,
  isOnePort = false,
  timeout = 1_000,
): Promise<WorkerCluster> {
  const application = await applications.start(primary(count, isOnePort, timeout));
  const workers = (JSON.parse(application.url) as { url: string; pid: number }[]).map((worker) => ({
    ...worker,
    stop: async () => {},
  }));
  const stop = async (): Promise<void> => {
    const exited = once(application.process, 'exit');
    application.process.kill('SIGTERM');
    await exited;
  };
  return { workers, application, stop };
}

/** A server in a process of its own. @param options of the option `cluster`, as source text */
export function startChild(applications: ChildApplications, options: string): Promise<ChildApplication> {
  const listening = `
    await app.listen(0, '127.0.0.1');
    process.send((await app.getUrl()) + '/ws');
  `;
  return applications.start(`${IMPORTS}\n${server(options, listening)}`);
}
