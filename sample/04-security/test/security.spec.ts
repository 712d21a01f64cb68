import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RecordingLogger, StompTestClient } from 'nestjs-stomp/testing';
import { runClient } from '../../../test/utils/run-client.js';
import { AppModule } from '../src/app.module.js';
import { tokenFor } from '../src/users.js';

const logger = new RecordingLogger();
let app: INestApplication;

beforeEach(async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = module.createNestApplication({ logger });
  await app.init();
});

afterEach(async () => {
  await app.close();
  expect(logger.errors).toEqual([]);
});

async function enter(passcode?: string): Promise<StompTestClient> {
  const client = await StompTestClient.connect(app, {
    headers: [['accept-version', '1.2'], ...(passcode === undefined ? [] : [['passcode', passcode] as const])],
  });
  await client.subscribe(client.errorDestination);
  return client;
}

it('does what its client shows', async () => {
  const lines = await runClient(app, '04-security');
  expect(lines.map((line) => line.replace(/\d+ ms/, '… ms'))).toEqual([
    'alice is connected as alice',
    'bob is connected as bob',
    'mallory is refused: STOMP_ERR_AUTHENTICATION',
    '',
    'The table of rules:',
    'bob subscribes to /topic/room.lobby: done',
    'bob subscribes to /topic/room.staff: ACCESS_DENIED, SUBSCRIBE "/topic/room.staff" is not allowed.',
    'bob subscribes to /topic/**: ACCESS_DENIED, SUBSCRIBE "/topic/**" is not allowed.',
    'bob sends "I am alice" to /topic/room.lobby: ACCESS_DENIED, SEND "/topic/room.lobby" is not allowed.',
    'alice sends "Only I may send here" to /topic/room.lobby: done',
    '',
    'The guard, then the limit of the method:',
    'bob sends "see http://example.com" to /app/room/lobby: WS_EXCEPTION, Forbidden resource',
    'bob sends "hello" to /app/room/lobby: done',
    'bob sends "hello?" to /app/room/lobby: done',
    expect.stringMatching(/^bob sends "hello\?\?" to \/app\/room\/lobby: RATE_LIMIT_EXCEEDED, .* Try again in … ms\.$/),
    '',
    'The logout:',
    'bob is out: 4401 The server has ended the session',
    'bob is refused: STOMP_ERR_AUTHENTICATION',
  ]);
});

it('gives what is said in a room to its members', async () => {
  const [alice, bob] = [await enter(tokenFor('alice')), await enter(tokenFor('bob'))];
  await alice.subscribe('/topic/room.staff');
  await expect(bob.send('/app/room/staff', 'hello')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  await alice.send('/app/room/staff', 'hello');
  expect(await alice.nextBody('/topic/room.staff')).toBe('alice: hello');
});

it.each([
  ['none', undefined],
  ['that of somebody unknown', 'mallory.9999999999999.signature'],
  ['one without an end', tokenFor('alice').replace(/\.\d+\./, '.NaN.')],
  ['one whose name was changed', tokenFor('bob').replace('bob', 'alice')],
  ['one whose end was changed', tokenFor('bob').replace(/\.\d/, '.9')],
  ['one that has expired', tokenFor('bob', Date.now() - 1)],
])('refuses a token: %s', async (_which, token) => {
  await expect(enter(token)).rejects.toMatchObject({ code: 'STOMP_ERR_AUTHENTICATION' });
});

describe('Over HTTP', () => {
  let url: string;

  beforeEach(async () => {
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });

  it.each(['{"name":"bob","password":"rabbit"}', '{"name":"mallory"}', '{}', undefined])(
    'a login with %s is refused',
    async (body) => {
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(`${url}/login`, { method: 'POST', headers, body })).status).toBe(401);
    },
  );

  it('a logout ends the sessions of its user and of nobody else, and needs the token', async () => {
    const token = tokenFor('bob');
    const [alice, bob] = [await enter(tokenFor('alice')), await enter(token)];
    expect((await fetch(`${url}/logout`, { method: 'POST' })).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${url}/logout`, { method: 'POST', headers })).status).toBe(204);
    expect(await bob.closed).toMatchObject({ code: 4401 });
    await expect(enter(token)).rejects.toMatchObject({ code: 'STOMP_ERR_AUTHENTICATION' });
    await alice.send('/app/room/lobby', 'hello');
  });
});
