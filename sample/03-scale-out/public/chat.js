/* global StompJs */

const MESSAGES_SHOWN = 200;

const find = (selector) => document.querySelector(selector);
const { name: nameField } = find('#login').elements;
const { to: toField, body: bodyField } = find('#send').elements;

const client = new StompJs.Client({
  brokerURL: new URL('webSocket', location.href.replace(/^http/, 'ws')).href,
  reconnectDelay: 500, // when the server is gone, the other one takes over
  onConnect() {
    client.subscribe('/app/subscribe', ({ body }) => setServer(JSON.parse(body)));
    client.subscribe('/app/users', ({ body }) => showUsers(JSON.parse(body)));
    client.subscribe('/topic/broadcast', ({ body }) => show(JSON.parse(body)));
    client.subscribe('/user/queue/one', ({ body }) => show({ ...JSON.parse(body), to: 'you' }));
  },
  onWebSocketClose: () => setServer(undefined),
});

find('#login').onsubmit = async (event) => {
  event.preventDefault();
  await client.deactivate();
  client.connectHeaders = { login: nameField.value };
  client.activate();
};

// The next connection is dealt to the next server.
find('#again').onclick = () => client.webSocket.close();

find('#send').onsubmit = (event) => {
  event.preventDefault();
  const [to, body] = [toField.value, bodyField.value];
  const destination = to ? '/app/one' : '/app/broadcast';
  client.publish({ destination, body: JSON.stringify(to ? { to, body } : { body }) });
  if (to && to !== client.connectHeaders.login) show({ from: 'you', to, body });
  bodyField.value = '';
};

function setServer(here) {
  document.body.dataset.server = here?.server ?? '';
  find('#here').textContent = here ? `connected to ${here.server}, process ${here.pid}` : 'not connected';
  document.title = here ? `${client.connectHeaders.login} @ ${here.server}` : 'Two servers, one chat';
  for (const field of [find('#again'), ...find('#send').elements]) field.disabled = !here;
}

function show({ from, server, to, body }) {
  const item = document.createElement('li');
  item.classList.toggle('private', to !== undefined);
  item.append(element('b', to ? `${from} to ${to}` : from), server ? badge(server) : '', element('span', body));
  const list = find('#messages');
  list.append(item);
  if (list.childElementCount > MESSAGES_SHOWN) list.firstElementChild.remove();
  list.scrollTop = list.scrollHeight;
}

function showUsers(users) {
  find('#users').replaceChildren(
    ...users.map(({ name, servers }) => {
      const item = document.createElement('li');
      item.append(element('b', name), ...servers.map(badge));
      return item;
    }),
  );
  const chosen = toField.value;
  toField.replaceChildren(new Option('everyone', ''), ...users.map(({ name }) => new Option(name)));
  if (users.some(({ name }) => name === chosen)) toField.value = chosen;
}

function badge(server) {
  const badge = element('i', server);
  badge.className = 'badge';
  badge.dataset.server = server;
  return badge;
}

function element(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
