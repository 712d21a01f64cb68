import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ImClient } from '../support/im-client.js';
import { ImServer } from '../support/im-server.js';

describe('The server', () => {
  let server: ImServer;

  beforeEach(async () => {
    server = await ImServer.start({ IM_MESSAGES_PER_SECOND: '10' });
  }, 30_000);

  afterEach(async () => {
    ImClient.disconnectAll();
    await server.remove();
    expect(server.complaints).toEqual([]);
  });

  it('tells whether it lives, whether it takes messages, and what it measures', async () => {
    const alice = await ImClient.login(server, 'alice');
    await alice.createRoom('measured', []);
    expect(await server.json('GET', '/healthz')).toEqual({ status: 'ok' });
    expect(await server.json('GET', '/readyz')).toMatchObject({ status: 'ready', synchronous: 'FULL' });
    const metrics = await (await server.request('GET', '/metrics')).text();
    expect(metrics).toMatch(/^stomp_sessions\{?.*\}? 1$/m);
    expect(metrics).toMatch(/^im_commands_committed_total [1-9]\d*$/m);
    expect(metrics).toMatch(/^im_commit_seconds_bucket\{le="\+Inf"\} [1-9]\d*$/m);
  });

  it('keeps nothing of an inbox that was unsubscribed while it waited for its next event', async () => {
    const alice = await ImClient.login(server, 'alice');
    for (let count = 1; count <= 3; count++) {
      await alice.openInbox({ since: 'latest' });
      alice.raw.write(`UNSUBSCRIBE\nid:inbox\nreceipt:gone-${count}\n\n\0`);
      await alice.raw.next((frame) => frame.header('receipt-id') === `gone-${count}`);
    }
    const metrics = await (await server.request('GET', '/metrics')).text();
    expect(metrics).toMatch(/^im_inbox_cursors 0$/m);
  });

  it('refuses who writes too fast, for as long as it says, and keeps the connection', async () => {
    const alice = await ImClient.login(server, 'alice');
    const { roomId } = await alice.createRoom('flood', []);
    const sent = await Promise.allSettled(Array.from({ length: 40 }, (_, n) => alice.say(roomId, `${n}`)));
    const refused = sent.filter((result) => result.status === 'rejected').map(({ reason }) => reason as object);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    for (const reason of refused) {
      expect(reason).toMatchObject({ code: 'RATE_LIMITED', retryable: true, retry_after_ms: expect.any(Number) });
    }
    const { messages } = await alice.ask('/app/im.history', { room_id: roomId });
    expect(messages.filter((message: any) => message.message_type === 1)).toHaveLength(40 - refused.length);
  });

  it('stops after what it has taken: all that has a RECEIPT is there when it comes back, and nothing twice', async () => {
    const alice = await ImClient.login(server, 'alice');
    const { roomId } = await alice.createRoom('stop', []);
    const ids = Array.from({ length: 25 }, () => randomUUID());
    const sent = Promise.allSettled(ids.map((id) => alice.say(roomId, id, { client_msg_id: id })));
    const stopped = server.kill('SIGTERM');
    expect((await alice.raw.closed).code).toBe(1001);
    await stopped;
    expect(await server.ended()).toBe('SIGTERM');
    const results = await sent;
    const receipted = ids.filter((_, n) => results[n]!.status === 'fulfilled');
    await server.startAgain();
    const back = await ImClient.login(server, 'alice');
    const { messages } = await back.ask('/app/im.history', { room_id: roomId, limit: 200 });
    const kept: string[] = messages.map((message: any) => message.client_msg_id);
    expect(kept).toEqual([...new Set(kept)]);
    expect(kept).toEqual(expect.arrayContaining(receipted));
  });

  it('stops though somebody is in the midst of an upload', async () => {
    const { token } = await server.login('alice');
    const { port } = new URL(server.url);
    const socket = connect(Number(port), 'localhost');
    const head = `POST /api/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n`;
    socket.write(`${head}Content-Type: multipart/form-data; boundary=b\r\n\r\n`);
    await once(socket, 'data');
    socket.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n1234');
    await server.kill('SIGTERM');
    expect(await server.ended()).toBe('SIGTERM');
    socket.destroy();
  }, 15_000);

  it('remains ready when a command stumbles over an error, which is in its log and fails nobody else', async () => {
    const alice = await ImClient.login(server, 'alice');
    const { roomId } = await alice.createRoom('fault', []);
    const db = new Database(join(server.dataFolder, 'im.sqlite'));
    db.exec(
      `create trigger fault before insert on messages when new.content like '%fault%' begin select json('{'); end`,
    );
    db.close();
    const results = await Promise.allSettled(['one', 'fault', 'two'].map((text) => alice.say(roomId, text)));
    expect(results).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'INTERNAL_ERROR', message: expect.not.stringContaining('JSON') } },
      { status: 'fulfilled' },
    ]);
    expect(await server.json('GET', '/readyz')).toMatchObject({ status: 'ready' });
    while (!server.complaints.some((line) => line.includes('malformed JSON'))) await new Promise(setImmediate);
    server.complaints.length = 0;
  });

  it('says which setting is wrong, and does not start', async () => {
    await server.kill();
    await expect(server.startAgain({ IM_TOKEN_SECONDS: 'soon' })).rejects.toThrow('IM_TOKEN_SECONDS');
    server.complaints.length = 0;
  });
});
