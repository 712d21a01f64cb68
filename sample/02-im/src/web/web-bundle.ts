import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, stop } from 'esbuild';

/** The web client's files, by the name under which they are served. */
export interface WebBundle {
  readonly 'index.html': string;
  readonly 'main.js': Uint8Array;
  readonly 'main.css': Uint8Array;
  /** Shows notifications while no page is open. */
  readonly 'service-worker.js': Uint8Array;
  /** In development only. */
  readonly 'main.js.map'?: Uint8Array;
}

/** What the client needs, and nothing else: its heart-beats run in a worker, notifications in another one, pictures are shown before they are sent. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of this sample, seen from `src/web` and from `dist/web` alike. */
const WEB = join(import.meta.dirname, '..', '..', 'web');

/** Bundles the client when the server starts: nothing is to be built before. */
export async function bundleWeb({ sourcemap = process.env.NODE_ENV === 'development' } = {}): Promise<WebBundle> {
  const [html, { outputFiles }] = await Promise.all([
    readFile(join(WEB, 'index.html'), 'utf8'),
    build({
      entryPoints: ['main.tsx', 'service-worker.ts'].map((file) => join(WEB, 'src', file)),
      outdir: join(WEB, 'dist'),
      tsconfig: join(WEB, 'tsconfig.json'),
      bundle: true,
      format: 'esm',
      target: 'es2022',
      minify: true,
      sourcemap: sourcemap && 'linked',
      write: false,
      logLevel: 'warning',
    }),
  ]);
  // Its process would stay for as long as the server.
  await stop();
  const files = new Map(outputFiles.map(({ path, contents }) => [path.slice(join(WEB, 'dist').length + 1), contents]));
  return {
    'index.html': html,
    'main.js': files.get('main.js')!,
    'main.css': files.get('main.css')!,
    'service-worker.js': files.get('service-worker.js')!,
    ...(sourcemap && { 'main.js.map': files.get('main.js.map')! }),
  };
}
