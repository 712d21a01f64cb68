import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { INestApplication } from '@nestjs/common';

const SAMPLES = join(import.meta.dirname, '../../sample');

/** Lets the application of a sample listen on some free port, and runs the sample's client. @returns the lines that it prints */
export async function runClient(app: INestApplication, sample: string, ...options: string[]): Promise<string[]> {
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const { stdout } = await promisify(execFile)(process.execPath, [join(SAMPLES, sample, 'client.js'), ...options], {
    env: { ...process.env, PORT: String(port) },
    timeout: 15_000,
  });
  return stdout.trim().split('\n');
}
