import { readFileSync } from 'node:fs';
import { Controller, Get, Header } from '@nestjs/common';
import fc from 'fast-check';
import { StompStats, type ClusterStats, type StompStatsSnapshot } from 'nestjs-stomp';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from 'nestjs-stomp/prometheus';
import { startModule, type StartedModule } from '../handler/support/start-module.js';
import { parseExposition, type ExposedMetric, type ExposedSample } from './exposition.js';

@Controller()
class MetricsController {
  constructor(private readonly stats: StompStats) {}

  @Get('/metrics')
  @Header('Content-Type', PROMETHEUS_CONTENT_TYPE)
  metrics(): string {
    return prometheusText(this.stats.snapshot());
  }
}

/** Of a server that has others. */
const CLUSTER: ClusterStats = {
  name: 'one',
  isAvailable: true,
  servers: ['two', 'three'],
  users: 5,
  sent: 1,
  received: 2,
  lost: 3,
  missed: 4,
  sentBytes: 6,
  waitingBytes: 7,
};

describe('prometheusText', () => {
  let application: StartedModule;
  let snapshot: StompStatsSnapshot;

  beforeAll(async () => {
    application = await startModule({
      controllers: [MetricsController],
      stomp: {
        broker: { queues: ['/queue/a', '/queue/"b"\\'], history: [{ destination: '/topic/**' }] },
        endpoints: [{ path: '/ws', sockJs: true }],
      },
    });
    const client = await application.connect('alice');
    await client.subscribe('/queue/a/1', { ack: 'client' });
    for (const destination of ['/queue/a/1', '/queue/a/2', '/topic/b']) await client.send(destination, '12345');
    const { broker, ...others } = application.app.get(StompStats).snapshot();
    // No server has both: what a relay has to tell is told in the same way.
    const relay = {
      broker: undefined,
      connections: 5,
      subscriptions: 4,
      unconfirmed: 3,
      bufferedBytes: 2,
      reconnects: 1,
    };
    snapshot = { ...others, broker: { ...broker, relay } };
  });

  afterAll(() => application.stop());

  const read = (...args: Parameters<typeof prometheusText>): ExposedMetric[] =>
    parseExposition(prometheusText(...args));
  const samplesOf = (name: string): readonly ExposedSample[] | undefined =>
    read(snapshot).find((metric) => metric.name === name)?.samples;

  it('keeps to the format, and to the conventions for names', () => {
    const metrics = read(snapshot);
    expect(metrics.length).toBeGreaterThan(30);
    for (const { name, type, help } of metrics) {
      expect(name).toMatch(/^stomp_[a-z]+(_[a-z]+)*$/);
      expect([name, type]).toEqual([name, name.endsWith('_total') ? 'counter' : 'gauge']);
      expect(help).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('tells what the snapshot tells', () => {
    const plain = { labels: {} };
    expect(samplesOf('stomp_server_running')).toEqual([{ ...plain, value: 1 }]);
    expect(samplesOf('stomp_broker_available')).toEqual([{ ...plain, value: 1 }]);
    expect(samplesOf('stomp_users')).toEqual([{ ...plain, value: 1 }]);
    expect(samplesOf('stomp_received_bytes_total')).toEqual([{ ...plain, value: snapshot.bytes.received }]);
    expect(samplesOf('stomp_sessions')).toContainEqual({ labels: { transport: 'websocket' }, value: 0 });
    expect(samplesOf('stomp_sessions')).toContainEqual({ labels: { transport: 'memory' }, value: 1 });
    expect(samplesOf('stomp_frames_received_total')).toContainEqual({ labels: { command: 'SEND' }, value: 3 });
    expect(samplesOf('stomp_frames_sent_total')).toContainEqual({ labels: { command: 'RECEIPT' }, value: 4 });
    expect(samplesOf('stomp_sessions_closed_total')).toContainEqual({ labels: { code: '1006' }, value: 0 });
    expect(samplesOf('stomp_errors_total')).toContainEqual({ labels: { code: 'STOMP_ERR_ACK' }, value: 0 });
    expect(samplesOf('stomp_unacknowledged_messages')).toEqual([{ ...plain, value: 1 }]);
    expect(samplesOf('stomp_history_bytes')).toEqual([{ ...plain, value: 5 }]);
    expect(samplesOf('stomp_relay_unconfirmed')).toEqual([{ ...plain, value: 3 }]);
    expect(samplesOf('stomp_queue_messages')).toEqual([
      { labels: { prefix: '/queue/a' }, value: 2 },
      { labels: { prefix: '/queue/"b"\\' }, value: 0 },
    ]);
    expect(samplesOf('stomp_queue_longest_messages')![0]!.value).toBe(1);
  });

  it('gives every number of the snapshot, but those of single queues', () => {
    const given = prometheusText(count(snapshot));
    const { takenAt: _, broker, sessions, ...others } = count(snapshot);
    const { longestQueues: __, ...brokerNumbers } = broker;
    // The sum of the transports.
    const { current: ___, ...sessionNumbers } = sessions;
    for (const number of numbersOf({ brokerNumbers, sessionNumbers, others })) {
      expect(given).toMatch(new RegExp(` ${number}$`, 'm'));
    }
  });

  it('leaves out what the broker does not know', () => {
    const metrics = read({ ...snapshot, state: 'Stopping' as never, broker: { isAvailable: false } });
    expect(metrics.map(({ name }) => name).filter((name) => /queue|backlog|history|dead/.test(name))).toEqual([]);
    for (const name of ['stomp_server_running', 'stomp_broker_available']) {
      expect(metrics.find((metric) => metric.name === name)!.samples).toEqual([{ labels: {}, value: 0 }]);
    }
  });

  it('puts the labels on every sample, whatever their values are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\\', '"', '\n', '\\n', '{', '小明'),
        (any, special) => {
          const labels = { application: any, _instance0: special + any + special };
          const all = read(snapshot, labels).flatMap(({ samples }) => samples);
          const isLabelled = (sample: ExposedSample): boolean =>
            Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
          expect(all.filter((sample) => !isLabelled(sample))).toEqual([]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each(['', '1st', 'a-b', 'a.b', '__name__', 'code', 'transport', 'é'])('refuses a label of the name %j', (name) => {
    expect(() => prometheusText(snapshot, { [name]: 'x' })).toThrow(`the label ${JSON.stringify(name)} must be`);
  });

  it('is served by a controller of six lines', async () => {
    await application.app.listen(0, '127.0.0.1');
    const response = await fetch(`${await application.app.getUrl()}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain;(?=.*version=0\.0\.4)(?=.*charset=utf-8)/);
    const metrics = parseExposition(await response.text());
    expect(metrics.find(({ name }) => name === 'stomp_users')!.samples).toEqual([{ labels: {}, value: 1 }]);
  });

  it('is described in docs/metrics.md, metric by metric', () => {
    const table = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const rows = [...table.matchAll(/^\| `(stomp_\w+)` \| (\w+) \| ([^|]*) \|/gm)];
    const documented = rows.map(([, name, type, labels]) => [name, type, [...labels!.matchAll(/\w+/g)].join()]);
    const exposed = read(snapshot).map(({ name, type, samples }) => [
      name,
      type,
      Object.keys(samples[0]!.labels).join(),
    ]);
    const others = documented.filter(([name]) => !name!.startsWith('stomp_cluster_'));
    expect(others).toEqual(exposed);
    expect(documented.slice(others.length)).toEqual(
      read({ ...snapshot, cluster: CLUSTER })
        .slice(others.length)
        .map(({ name, type }) => [name, type, '']),
    );
  });
});

/** The same snapshot with another number in each place. */
function count(snapshot: StompStatsSnapshot): StompStatsSnapshot {
  let next = 1_000_000;
  const numbered = (value: unknown): unknown => {
    if (typeof value === 'number') return next++;
    if (Array.isArray(value)) return value.map(numbered);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, numbered(inner)]));
  };
  return numbered(snapshot) as StompStatsSnapshot;
}

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}
