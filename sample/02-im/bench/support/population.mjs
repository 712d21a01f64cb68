import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { JwtService } from '@nestjs/jwt';
import { openSqliteInProcess } from '../../dist/sqlite/open-sqlite.js';

export const SECRET = 'a secret of benches only';
const DEVICE = 'd';

/** Makes a database with users who need not log in any more, and with whatever `fill` puts into it. */
export async function populate(folder, count, fill = async () => {}) {
  mkdirSync(folder, { recursive: true });
  const { ingest, close } = await openSqliteInProcess({ path: join(folder, 'im.sqlite') });
  const jwt = new JwtService({ secret: SECRET, signOptions: { expiresIn: 86_400 } });
  const users = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const userId = `u${index}`;
      await ingest.execute('user.create', { userId, name: `User ${index}`, passwordHash: '-' });
      await ingest.execute('device.open', { userId, deviceId: DEVICE, name: '', platform: '', refreshHash: '-' });
      return { userId, token: jwt.sign({ sub: userId, did: DEVICE, name: `User ${index}`, roles: [] }) };
    }),
  );
  await fill(ingest);
  await close();
  return users;
}

export function connectHeaders({ token }) {
  return { Authorization: `Bearer ${token}`, 'device-id': DEVICE };
}
