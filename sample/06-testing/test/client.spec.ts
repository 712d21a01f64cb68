import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { runClient } from '../../../test/utils/run-client.js';
import { AppModule } from '../src/app.module.js';

let app: INestApplication;

beforeEach(async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = module.createNestApplication({ logger: ['fatal', 'error', 'warn'] });
});

afterEach(() => app.close());

it.each([
  [['bob', 'coffee'], '{"tea":0,"coffee":1}'],
  [['bob', 'beer'], 'Nobody can vote for beer.'],
])('%j is a vote over a real socket', async (vote, answer) => {
  expect(await runClient(app, '06-testing', ...vote)).toEqual([answer]);
});
