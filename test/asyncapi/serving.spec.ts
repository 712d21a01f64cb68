import 'reflect-metadata';
import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AsyncApiModule, type AsyncApiDocument } from '../../lib/asyncapi/index.js';
import { StompModule } from '../../lib/index.js';
import { ChatController } from './every-kind.js';
import { faultsOf } from './official-schema.js';

@Controller()
class HelloController {
  @Get('/hello')
  hello(): string {
    return 'hello';
  }
}

@Module({ imports: [StompModule.forRoot()], controllers: [ChatController, HelloController] })
class AppModule {}

const PLATFORMS = { Express: () => new ExpressAdapter(), Fastify: () => new FastifyAdapter() };
const TITLE = { title: '小明', version: '1.0.0' };

describe.each(Object.keys(PLATFORMS) as (keyof typeof PLATFORMS)[])('AsyncApiModule.setup on %s', (platform) => {
  let app: INestApplication;

  beforeEach(async () => {
    const adapter = PLATFORMS[platform]() as ExpressAdapter;
    app = await NestFactory.create(AppModule, adapter, { logger: false, abortOnError: false });
  });

  afterEach(() => app.close());

  async function get(path: string): Promise<Response> {
    if (!app.getHttpServer().listening) await app.listen(0, '127.0.0.1');
    return fetch((await app.getUrl()) + path);
  }

  it.each(['/docs/asyncapi', 'docs/asyncapi/'])('serves the document as JSON behind the path %s', async (path) => {
    const document = AsyncApiModule.createDocument(app, TITLE);
    AsyncApiModule.setup(path, app, document);
    const response = await get('/docs/asyncapi.json');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const served = (await response.json()) as AsyncApiDocument;
    expect(served).toEqual(document);
    expect(faultsOf(served)).toEqual([]);
    expect(await (await get('/hello')).text()).toBe('hello');
  });

  it('makes the document when it is asked for the first time, once', async () => {
    let count = 0;
    AsyncApiModule.setup('/asyncapi', app, () => {
      count++;
      return AsyncApiModule.createDocument(app, TITLE);
    });
    await app.listen(0, '127.0.0.1');
    expect(count).toBe(0);
    expect(await (await get('/asyncapi.json')).json()).toMatchObject({ info: TITLE });
    expect(await (await get('/asyncapi.json')).json()).toMatchObject({ info: TITLE });
    expect(count).toBe(1);
  });

  it('tells nobody why the document could not be made, and tries again', async () => {
    let isBroken = true;
    AsyncApiModule.setup('/asyncapi', app, () => {
      if (isBroken) throw new Error('a secret');
      return AsyncApiModule.createDocument(app, TITLE);
    });
    const response = await get('/asyncapi.json');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('a secret');
    isBroken = false;
    expect((await get('/asyncapi.json')).status).toBe(200);
  });

  it('is not done unless it is asked for', async () => {
    AsyncApiModule.createDocument(app, TITLE);
    expect((await get('/asyncapi.json')).status).toBe(404);
  });

  it('says that it is too late once the application has started', async () => {
    const document = AsyncApiModule.createDocument(app, TITLE);
    await app.init();
    expect(() => AsyncApiModule.setup('/asyncapi', app, document)).toThrow(
      'AsyncApiModule.setup() must be called before app.init()',
    );
  });
});
