import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ImClient } from '../support/im-client.js';
import { ImServer } from '../support/im-server.js';

const LIMIT = 1_000_000;

async function upload(server: ImServer, token: string, bytes: Uint8Array, name = 'picture.png'): Promise<Response> {
  const form = new FormData();
  form.append('file', new Blob([bytes]), name);
  return fetch(`${server.url}/api/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
}

const bodyOf = (response: Response): Promise<any> => response.json();

const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(1_000)]);

describe('A file', () => {
  let server: ImServer;
  let alice: ImClient;
  let bob: ImClient;
  let ming: ImClient;

  beforeAll(async () => {
    server = await ImServer.start({ IM_FILE_LIMIT: `${LIMIT}` });
    alice = await ImClient.login(server, 'alice');
    bob = await ImClient.login(server, 'bob');
    ming = await ImClient.login(server, '小明');
  }, 30_000);

  afterAll(async () => {
    ImClient.disconnectAll();
    await server.remove();
  });

  afterEach(() => expect(server.complaints).toEqual([]));

  const linkOf = async ({ credentials }: ImClient, fileId: string): Promise<Response> =>
    server.request('POST', `/api/files/${fileId}/url`, { token: credentials.token });

  it('is for those in the rooms it was sent to, by links that cannot be made up', async () => {
    const uploaded = await bodyOf(await upload(server, alice.credentials.token, PNG, '图 1.png'));
    expect(uploaded).toMatchObject({ size: PNG.length, mime: 'image/png', name: '图 1.png' });
    expect((await linkOf(bob, uploaded.file_id)).status).toBe(403);
    const { roomId } = await alice.createRoom('pictures', ['bob']);
    await alice.send({ room_id: roomId, message_type: 2, message_content: uploaded });
    expect((await linkOf(ming, uploaded.file_id)).status).toBe(403);
    const { url } = await bodyOf(await linkOf(bob, uploaded.file_id));
    const download = await fetch(server.url + url);
    expect(Buffer.from(await download.arrayBuffer())).toEqual(PNG);
    expect(Object.fromEntries(download.headers)).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-disposition': "inline; filename*=UTF-8''%E5%9B%BE%201.png",
    });
    expect((await fetch(server.url + url.replace('user=bob', 'user=%E5%B0%8F%E6%98%8E'))).status).toBe(403);
    expect((await fetch(server.url + url.replace(/expires=\d+/, 'expires=9999999999999'))).status).toBe(403);
    expect((await fetch(`${server.url}/files/${uploaded.file_id}`)).status).toBe(400);
  });

  it('is sent in part to who asks for a part', async () => {
    const { file_id } = await bodyOf(await upload(server, alice.credentials.token, PNG));
    const { url } = await bodyOf(await linkOf(alice, file_id));
    const part = async (range: string) => fetch(server.url + url, { headers: { range } });
    const middle = await part('bytes=10-19');
    expect([middle.status, middle.headers.get('content-range')]).toEqual([206, `bytes 10-19/${PNG.length}`]);
    expect(Buffer.from(await middle.arrayBuffer())).toEqual(PNG.subarray(10, 20));
    expect(Buffer.from(await (await part('bytes=-5')).arrayBuffer())).toEqual(PNG.subarray(-5));
    expect((await part(`bytes=${PNG.length}-`)).status).toBe(416);
    expect((await part('bytes=a-b')).status).toBe(200);
  });

  it('is there once, however often it is uploaded', async () => {
    const bytes = randomBytes(5_000);
    const [first, second] = await Promise.all([1, 2].map(() => upload(server, alice.credentials.token, bytes)));
    const [a, b] = await Promise.all([first!, second!].map(bodyOf));
    expect(b.file_id).toBe(a.file_id);
    const files = await readdir(join(server.dataFolder, 'files'), { recursive: true });
    expect(files.filter((file) => file.endsWith(a.sha256))).toHaveLength(1);
    expect(await readdir(join(server.dataFolder, 'files/incoming'))).toEqual([]);
  });

  it('that is too large is refused, and nothing of it is kept', async () => {
    const large = await upload(server, alice.credentials.token, randomBytes(LIMIT + 1));
    expect([large.status, await large.json()]).toEqual([413, expect.objectContaining({ code: 'TOO_LARGE' })]);
    expect(await readdir(join(server.dataFolder, 'files/incoming'))).toEqual([]);
  });

  it('is not made of a form that is none, or ends in the middle', async () => {
    const { token } = alice.credentials;
    expect((await server.request('POST', '/api/files', { token, body: { file: 'x' } })).status).toBe(400);
    const empty = new FormData();
    empty.append('other', 'x');
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${server.url}/api/files`, { method: 'POST', headers, body: empty })).status).toBe(400);
    const half = request(`${server.url}/api/files`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'multipart/form-data; boundary=b', 'content-length': '100000' },
    });
    half.on('error', () => {});
    half.write('--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\nsome bytes');
    await new Promise<void>((resolve) => half.once('socket', (socket) => socket.once('ready', resolve)));
    half.destroy();
    expect((await upload(server, token, randomBytes(10))).status).toBe(201);
  });

  /** As much of an upload as there is before its last bytes; `end` sends those. */
  function begin(token: string, bytes: Buffer) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'multipart/form-data; boundary=b' };
    const upload = request(`${server.url}/api/files`, { method: 'POST', headers });
    const answered = new Promise<number | undefined>((resolve) => {
      upload.on('response', (response) => resolve(response.resume().statusCode));
      upload.on('error', () => resolve(undefined));
    });
    upload.write('--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\n');
    upload.write(bytes);
    return { answered, end: () => upload.end('\r\n--b--\r\n') };
  }

  const stored = async (): Promise<string[]> => {
    const entries = await readdir(join(server.dataFolder, 'files'), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  };

  const incoming = async (count: number): Promise<void> => {
    const folder = join(server.dataFolder, 'files/incoming');
    while ((await readdir(folder).catch(() => [])).length !== count) await new Promise(setImmediate);
  };

  it('of a device that is revoked while it uploads is refused, and its bytes do not stay', async () => {
    const before = await stored();
    const { token } = await server.login('bob', 'lost');
    const { answered, end } = begin(token, randomBytes(20_000));
    await incoming(1);
    await server.json('DELETE', '/api/devices/lost', { token: bob.credentials.token });
    end();
    expect(await answered).toBe(401);
    expect(await stored()).toEqual(before);
  });

  it('that was half there when the server was killed leaves nothing behind, once it is back', async () => {
    const { file_id, sha256 } = await bodyOf(await upload(server, alice.credentials.token, randomBytes(3_000)));
    const { answered } = begin(alice.credentials.token, randomBytes(20_000));
    await incoming(1);
    await server.kill();
    expect(await answered).toBeUndefined();
    expect(await stored()).toContainEqual(expect.stringContaining('incoming'));
    await server.startAgain();
    await incoming(0);
    expect(await stored()).toContainEqual(expect.stringContaining(sha256));
    const { token } = await server.login('alice');
    const { url } = await server.json('POST', `/api/files/${file_id}/url`, { token });
    expect((await fetch(server.url + url)).status).toBe(200);
  });

  it('needs a token to be uploaded', async () => {
    expect((await upload(server, 'nonsense', PNG)).status).toBe(401);
  });

  it('is not shown by browsers as what it is not', async () => {
    const html = Buffer.from('<script>alert(1)</script>');
    const { file_id, mime } = await bodyOf(await upload(server, alice.credentials.token, html, 'a.html'));
    const { url } = await bodyOf(await linkOf(alice, file_id));
    const { headers } = await fetch(server.url + url);
    expect([mime, headers.get('content-type')]).toEqual(['application/octet-stream', 'application/octet-stream']);
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
  });
});
