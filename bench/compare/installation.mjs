import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { targets } from './targets.mjs';

const HERE = fileURLToPath(new URL('./peers/', import.meta.url));

/** The servers that can be started here; says of each other why it is left out. */
export function availableTargets(names) {
  if (names.some((name) => targets[name].isPeer)) installPeers();
  return names.filter((name) => {
    const { version, debianPackage } = targets[name];
    if (version() !== undefined) return true;
    const how = debianPackage ? `apt-get install ${debianPackage}` : 'npm could not install it';
    console.log(`${name} is left out: it is not installed (${how})`);
    return false;
  });
}

/** Installs the peers that come from npm, unless they are there. They are no dependencies of the package, and nobody else needs them. */
function installPeers() {
  const { dependencies } = JSON.parse(readFileSync(`${HERE}package.json`, 'utf8'));
  const isThere = (name) => existsSync(`${HERE}node_modules/${name}/package.json`);
  if (Object.keys(dependencies).every(isThere)) return;
  console.log('Installing the peers from npm …');
  spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: HERE, stdio: 'inherit' });
}
