// `npm test`: all tests, the browser's and the consumers' included. `npm test -- test/frame` runs only those of jest that match.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
/** Debian's packages of the brokers that the relay is tested with, and a file of each. */
const BROKERS = {
  'rabbitmq-server': '/usr/lib/rabbitmq/bin/rabbitmq-server',
  activemq: '/usr/share/activemq/bin/activemq.jar',
};
const jestArguments = process.argv.slice(2);

const browser = findBrowser() ?? installBrowser();
if (!browser) {
  console.error(
    'The tests need a browser: install Chromium (on Debian: apt-get install chromium) or set CHROME_BIN to one.',
  );
  process.exit(1);
}
installBrokers();
if (run('npm', ['run', '--silent', 'build']) !== 0) process.exit(1);
// Its tests start it as people do, several at a time: they find it compiled.
if (run('npm', ['run', '--silent', 'build', '-w', '02-im']) !== 0) process.exit(1);

const counts = runJest();
if (jestArguments.length === 0) {
  const consumers = runConsumers();
  counts.passed += consumers.passed;
  counts.failed += consumers.failed;
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

function findBrowser() {
  if (process.env.CHROME_BIN) return existsSync(process.env.CHROME_BIN) ? process.env.CHROME_BIN : undefined;
  const folders = process.env.PATH.split(delimiter);
  return BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

function installBrowser() {
  if (process.env.CHROME_BIN) return undefined;
  return install('Chromium for the browser tests', ['chromium']) ? findBrowser() : undefined;
}

/** Before the tests, which would each wait for the others to install them. Without them those of the relay fail, and say what is missing. */
function installBrokers() {
  const missing = Object.entries(BROKERS).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
  if (missing.length > 0) install('brokers for the tests of the relay', missing);
}

/** @returns whether it could be */
function install(what, packages) {
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (!mayInstall) return false;
  console.log(`Installing ${what} …`);
  // Nobody starts a service of theirs: the tests start their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const command of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
  ]) {
    const { status, stderr } = spawnSync('apt-get', command, { env, encoding: 'utf8' });
    if (status !== 0) {
      console.error(stderr?.trim());
      return false;
    }
  }
  return true;
}

function run(command, args, env = {}) {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
  return status ?? 1;
}

function runJest() {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-stomp-'));
  const outputFile = join(folder, 'jest.json');
  try {
    const jest = [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
    ];
    const reports = ['--json', `--outputFile=${outputFile}`];
    const status = run(process.execPath, [...jest, ...reports, ...jestArguments], { CHROME_BIN: browser });
    return jestCounts(outputFile, status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that could not run at all counts as one failure, as does a jest that fails for a reason of its own. */
function jestCounts(outputFile, status) {
  if (!existsSync(outputFile)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(outputFile, 'utf8'));
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  return { passed: numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed };
}

/** Its last line is `N passed, N failed`, too. */
function runConsumers() {
  const { stdout, status } = spawnSync(process.execPath, ['test/consumers/run.mjs'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  const closing = /(\d+) passed, (\d+) failed\s*$/.exec(stdout);
  process.stdout.write(stdout.slice(0, closing?.index));
  const [passed, failed] = closing ? [Number(closing[1]), Number(closing[2])] : [0, 0];
  return { passed, failed: failed === 0 && status !== 0 ? 1 : failed };
}
