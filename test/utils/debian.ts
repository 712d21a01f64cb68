import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * Sees to it that a Debian package is there: installs it as root, and says in one line what is missing otherwise.
 * @throws Error when it is missing and cannot be installed
 */
export function requireDebianPackage(name: string): void {
  if (isInstalled(name)) return;
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (mayInstall) {
    apt('update', '-qq');
    apt('install', '-y', '-qq', '--no-install-recommends', name);
  }
  if (!isInstalled(name)) throw new Error(`The test needs the Debian package ${name}: apt-get install ${name}`);
}

function isInstalled(name: string): boolean {
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name], {
    encoding: 'utf8',
  });
  return stdout === 'installed';
}

function apt(...args: string[]): void {
  spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: 'ignore',
  });
}
