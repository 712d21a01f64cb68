/* global StompJs */

const FRAMES_SHOWN = 200;

/** What each command says, in the words of one who hears it for the first time. */
const MEANINGS = {
  CONNECT: 'Let me in; this is who I am and which versions I speak.',
  CONNECTED: 'Welcome; we speak this version.',
  SUBSCRIBE: 'Send me what comes to this destination.',
  UNSUBSCRIBE: 'No more of this subscription.',
  SEND: 'A message for this destination.',
  MESSAGE: 'A message for one of your subscriptions.',
  RECEIPT: 'Done, as you asked me to confirm.',
  DISCONNECT: 'I am about to leave; confirm when you have all.',
  ERROR: 'That was wrong. Goodbye.',
};

for (const name of ['alice', 'bob']) document.querySelector('main').append(panelOf(name));

function panelOf(name) {
  const panel = copyOf('user');
  const find = (selector) => panel.querySelector(selector);
  panel.id = name;
  find('h2').textContent = name;
  find('.text').value = `hello from ${name}`;

  const client = new StompJs.Client({
    // The sample believes any name. A real application would send a token here, or rely on the session's cookie.
    connectHeaders: { login: name },
    webSocketFactory: () => watchedSocket((direction, text) => show(find('.frames'), direction, text)),
    reconnectDelay: 0,
    onConnect() {
      client.subscribe('/topic/broadcast', () => {});
      client.subscribe('/topic/app', () => {});
      client.subscribe('/user/queue/one', () => {});
      setConnected(true);
    },
    onWebSocketClose() {
      setConnected(false);
      void client.deactivate();
    },
  });

  const send = (destination) => client.publish({ destination, body: JSON.stringify({ body: find('.text').value }) });
  find('.connect').onclick = () => (client.active ? client.deactivate() : client.activate());
  find('.broadcast').onclick = () => send('/app/broadcast');
  find('.one').onclick = () => send('/app/one');
  find('.no-app').onclick = () => send('/topic/app');
  find('.ask').onclick = () => {
    const question = client.subscribe('/app/subscribe/1', () => question.unsubscribe());
  };

  function setConnected(isConnected) {
    panel.classList.toggle('connected', isConnected);
    find('.status').textContent = isConnected ? `connected, STOMP ${client.connectedVersion}` : 'disconnected';
    find('.connect').textContent = isConnected ? 'Disconnect' : 'Connect';
    find('.actions').disabled = !isConnected;
  }

  client.activate();
  return panel;
}

/** A WebSocket that tells of every text that passes. */
function watchedSocket(tell) {
  const url = new URL('webSocket', location.href.replace(/^http/, 'ws'));
  const socket = new WebSocket(url, StompJs.Versions.default.protocolVersions());
  const send = socket.send.bind(socket);
  socket.send = (data) => {
    tell('out', textOf(data));
    send(data);
  };
  socket.addEventListener('message', ({ data }) => tell('in', textOf(data)));
  return socket;
}

function textOf(data) {
  return typeof data === 'string' ? data : new TextDecoder().decode(data);
}

function show(list, direction, text) {
  if (text.trim() === '') {
    showHeartBeat(list, direction);
    return;
  }
  const [, head, body] = /^(.*?)\r?\n\r?\n(.*?)\0?\n*$/s.exec(text);
  const [command, ...headers] = head.split(/\r?\n/);
  const item = append(list, direction, command, MEANINGS[command]);
  item.classList.toggle('error', command === 'ERROR');
  item.querySelector('.headers').append(...headers.flatMap(headerLine));
  item.querySelector('.body').textContent = body;
  list.scrollTop = list.scrollHeight;
}

/** An empty line that says no more than "still here": several on end are one entry. */
function showHeartBeat(list, direction) {
  let item = list.lastElementChild;
  if (!item?.matches(`.heart-beat.${direction}`)) {
    item = append(list, direction, '♥', '');
    item.classList.add('heart-beat');
    item.beats = 0;
  }
  item.beats++;
  item.querySelector('.meaning').textContent = item.beats > 1 ? `heart-beat, ${item.beats} times` : 'heart-beat';
  list.scrollTop = list.scrollHeight;
}

function append(list, direction, command, meaning = '') {
  const item = copyOf('frame');
  item.classList.add(direction);
  item.querySelector('.command').textContent = command;
  item.querySelector('.meaning').textContent = meaning;
  list.append(item);
  if (list.childElementCount > FRAMES_SHOWN) list.firstElementChild.remove();
  return item;
}

function headerLine(line, index) {
  const colon = line.indexOf(':') + 1;
  const name = document.createElement('i');
  name.textContent = line.slice(0, colon);
  return [index > 0 ? '\n' : '', name, ` ${line.slice(colon)}`];
}

function copyOf(template) {
  return document.getElementById(template).content.firstElementChild.cloneNode(true);
}
