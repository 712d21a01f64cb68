// Tries what the rules of this sample allow, and what they do not.
import { Client } from '@stomp/stompjs';
import { WebSocket } from 'ws';

Object.assign(globalThis, { WebSocket }); // Node has one of its own from 22 on
const address = `localhost:${process.env.PORT || 8080}`;

const alice = await enter('alice', await login('alice', 'rabbit'));
const token = await login('bob', 'builder');
const bob = await enter('bob', token);
await enter('mallory', 'bob.9999999999999.a-signature-of-her-own');

console.log('\nThe table of rules:');
await subscribe(bob, '/topic/room.lobby');
await subscribe(bob, '/topic/room.staff');
await subscribe(bob, '/topic/**');
await send(bob, '/topic/room.lobby', 'I am alice');
await send(alice, '/topic/room.lobby', 'Only I may send here');

console.log('\nThe guard, then the limit of the method:');
await send(bob, '/app/room/lobby', 'see http://example.com');
await send(bob, '/app/room/lobby', 'hello');
await send(bob, '/app/room/lobby', 'hello?');
await send(bob, '/app/room/lobby', 'hello??');

console.log('\nThe logout:');
await fetch(`http://${address}/logout`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
const { code, reason } = await bob.closed;
console.log(`bob is out: ${code} ${reason}`);
await enter('bob', token);
await alice.deactivate();

async function login(name, password) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ name, password });
  return (await (await fetch(`http://${address}/login`, { method: 'POST', headers, body })).json()).token;
}

/** Connects with a token, and listens for what goes wrong. */
function enter(name, passcode) {
  return new Promise((resolve) => {
    const client = new Client({
      brokerURL: `ws://${address}/ws`,
      connectHeaders: { login: name, passcode },
      reconnectDelay: 0,
      onConnect({ headers }) {
        console.log(`${name} is connected as ${headers['user-name']}`);
        client.subscribe('/user/queue/errors', ({ headers, body }) => {
          client.answered(headers['failed-receipt'], `${headers['error-code']}, ${JSON.parse(body).message}`);
        });
        resolve(client);
      },
      onStompError({ headers }) {
        console.log(`${name} is refused: ${headers.code}`);
        resolve(client);
      },
    });
    Object.assign(client, { user: name, answers: new Map(), receipts: 0 });
    client.answered = (receipt, answer) => client.answers.get(receipt)(answer);
    client.onUnhandledReceipt = ({ headers }) => client.answered(headers['receipt-id'], 'done');
    client.closed = new Promise((resolve) => (client.onWebSocketClose = resolve));
    client.activate();
  });
}

async function subscribe(client, destination) {
  await answerTo(client, `subscribes to ${destination}`, (receipt) => {
    client.subscribe(destination, () => {}, { receipt });
  });
}

async function send(client, destination, body) {
  await answerTo(client, `sends "${body}" to ${destination}`, (receipt) => {
    client.publish({ destination, body, headers: { receipt } });
  });
}

/** The server answers every frame that has a receipt header: with a RECEIPT, or with an error. */
async function answerTo(client, what, transmit) {
  const receipt = `${++client.receipts}`;
  const answer = new Promise((resolve) => client.answers.set(receipt, resolve));
  transmit(receipt);
  console.log(`${client.user} ${what}: ${await answer}`);
}
