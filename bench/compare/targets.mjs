// The servers that are compared: how each is started, and how it is spoken to.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { mosquitto, rabbitmq, RABBITMQ } from './servers/brokers.mjs';

const HERE = import.meta.dirname;

/** By the name that it has in plans, goals and on the command line. */
export const targets = {
  'nestjs-stomp': {
    title: 'nestjs-stomp',
    driver: 'stomp',
    path: '/ws',
    launch: script('servers/nestjs-stomp.mjs'),
    version: () => packageVersion('nestjs-stomp'),
  },
  'stomp-limit': {
    title: 'the least STOMP on ws, joined writes',
    driver: 'stomp',
    path: '/',
    addresses: { pattern: null, userSend: null },
    launch: script('servers/stomp-limit.mjs'),
    version: () => packageVersion('ws'),
  },
  'ws-plain': {
    title: 'ws',
    driver: 'raw',
    path: '/',
    launch: script('servers/ws-plain.mjs'),
    version: () => packageVersion('ws'),
  },
  'ws-preframed': {
    title: 'ws, framed once',
    driver: 'raw',
    path: '/',
    launch: script('servers/ws-preframed.mjs'),
    version: () => packageVersion('ws'),
  },
  'nest-gateway': {
    title: 'Nest gateway (platform-ws)',
    driver: 'nest-gateway',
    path: '/ws',
    launch: script('servers/nest-gateway.mjs'),
    version: () => packageVersion('@nestjs/platform-ws'),
  },
  'socket.io': {
    title: 'socket.io',
    driver: 'socket-io',
    path: '/socket.io/?EIO=4&transport=websocket',
    launch: script('peers/socket-io.mjs'),
    version: () => packageVersion('socket.io', 'peers'),
    isPeer: true,
  },
  'stomp-broker-js': {
    title: 'stomp-broker-js',
    driver: 'stomp',
    path: '/ws',
    // Its `*` stands for a whole segment between dots.
    addresses: { topic: '/topic.{}', pattern: '/topic.{}', echoSend: null, userSend: null },
    launch: script('peers/stomp-broker-js.mjs'),
    version: () => packageVersion('stomp-broker-js', 'peers'),
    isPeer: true,
  },
  rabbitmq: {
    title: 'RabbitMQ web-stomp',
    driver: 'stomp',
    path: '/ws',
    addresses: { echoSend: null, userSend: null },
    credentials: { login: 'guest', passcode: 'guest', vhost: '/' },
    launch: rabbitmq,
    version: () => (existsSync(RABBITMQ) ? debianVersion('rabbitmq-server') : undefined),
    debianPackage: 'rabbitmq-server',
  },
  mosquitto: {
    title: 'mosquitto (MQTT)',
    driver: 'mqtt',
    path: '/',
    addresses: { echoSend: null, userSend: null },
    launch: mosquitto,
    version: () => (spawnSync('mosquitto', ['-h']).error ? undefined : debianVersion('mosquitto')),
    debianPackage: 'mosquitto',
  },
};

/** Of every server that is a Node program. */
export const nodeArguments = [];

/** @returns undefined if it is not installed */
export function packageVersion(name, folder = '.') {
  const file = createRequire(join(HERE, folder, 'package.json'))
    .resolve.paths(name)
    .map((modules) => join(modules, name, 'package.json'))
    .find((path) => existsSync(path));
  return file && JSON.parse(readFileSync(file, 'utf8')).version;
}

function script(path) {
  return () => ({
    command: process.execPath,
    args: [...nodeArguments, join(HERE, path)],
    tidy: () => {},
  });
}

function debianVersion(name) {
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${Version}', name], { encoding: 'utf8' });
  return stdout.split('-')[0] || 'of unknown version';
}
