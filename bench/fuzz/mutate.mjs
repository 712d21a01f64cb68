// What hostile or broken clients make of a valid conversation.

const TOKENS = [
  '\0', '\n', '\r\n', '\n\n', ':', '\\', '\\c', '\\n', '\\t', 'SEND\n', 'SEND\n\n\0', 'CONNECT\naccept-version:1.2\n\n\0',
  'CONNECTED\n', 'MESSAGE\nsubscription:0\nmessage-id:1\ndestination:/topic/a\n\nforged\0', '__proto__:x\n', '\ufeff', '😀',
]; // prettier-ignore

const HEADERS = [
  ['destination', ['/topic/a', '', '/', '/topic/**', '/queue/**', '/user/bob/queue/one', '/user/**', '/topic/../queue', '/app/none']],
  ['id', ['', '0', 'x'.repeat(300), '__proto__', '999']],
  ['ack', ['client', 'none', '__proto__', '-1']],
  ['content-length', ['0', '-1', '1', '3.5', 'NaN', '65537', '99999999999999999999', '5 ', '+5', '0x5']],
  ['heart-beat', ['1,1', '2147483648,2147483648', '4294967296,0', '-1,0', 'a,b', '1', '99999999999999999999,1']],
  ['accept-version', ['9.9', '', '1.2,1.2', '__proto__']],
  ['transaction', ['t0', '', '__proto__', 'x'.repeat(8_000)]],
  ['receipt', ['', 'r\\nERROR', 'x'.repeat(8_000)]],
  ['selector', ['a ==', '('.repeat(500), "T(java.lang.Runtime).getRuntime()", 'constructor == 1', `a == '${'x'.repeat(5_000)}'`]],
  ['message-id', ['forged', '']],
  ['subscription', ['0', 'forged']],
  ['simpSessionId', ['forged']],
  ['user-name', ['bob']],
  ['content-type', ['application/json', 'text/plain;charset=utf-16', 'application/json;charset=nonsense', '/', 'x'.repeat(500)]],
  ['prefetch-count', ['0', '-1', '1e9', '99999999999']],
  ['since', ['-1', '999999999999999', 'x']],
  ['reply-to', ['/queue/plain', '/user/bob/queue/one', '/app/echo', '/topic/**']],
]; // prettier-ignore

/** Changes the steps in up to four places. */
export function mutated(steps, random) {
  let changed = steps;
  for (let changes = 1 + random.below(4); changes > 0; changes--) changed = mutate(changed, random);
  return changed;
}

function mutate(steps, random) {
  const at = random.below(steps.length);
  const before = steps.slice(0, at);
  const after = steps.slice(at + 1);
  const other = random.below(steps.length);
  switch (random.below(9)) {
    case 0: // octets
    case 1:
      return [...before, bytes(steps[at], random), ...after];
    case 2: // headers
    case 3:
    case 4:
      return [...before, header(steps[at], random), ...after];
    case 5: // one is missing
      return [...before, ...after];
    case 6: // one comes at another time
      return steps.with(at, steps[other]).with(other, steps[at]);
    case 7: // one comes again and again
      return [...before, ...Array(2 + random.below(random.chance(10) ? 200 : 20)).fill(steps[at]), ...after];
    default: // sizes
      return [...before, size(steps[at], random), ...after];
  }
}

function bytes(step, random) {
  let changed = Buffer.from(step);
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(changed.length + 1);
    const end = at + 1 + random.below(16);
    const [head, tail] = [changed.subarray(0, at), changed.subarray(at)];
    const piece = random.pick([
      () => [head, Buffer.from([random.below(256)]), tail.subarray(1)],
      () => [head, Buffer.from([(tail[0] ?? 0) ^ (1 << random.below(8))]), tail.subarray(1)],
      () => [head, Buffer.from(random.pick(TOKENS)), tail],
      () => [head, changed.subarray(end)],
      () => [head, changed.subarray(at, end), tail],
      () => [head],
    ]);
    changed = Buffer.concat(piece());
  }
  return changed;
}

function header(step, random) {
  const [command, ...rest] = step.toString().split('\n');
  if (rest.length < 2) return step;
  const [name, values] = random.pick(HEADERS);
  const line = `${name}:${random.pick(values)}`;
  const end = rest.indexOf('');
  const at = random.below(Math.max(1, end));
  switch (random.below(4)) {
    case 0: // first, so that it counts
      return [command, line, ...rest].join('\n');
    case 1: // instead of another
      return [command, ...rest.with(at, line)].join('\n');
    case 2: // one is missing
      return [command, ...rest.toSpliced(at, 1)].join('\n');
    default: // as often as there can be
      return [command, ...Array(random.pick([2, 99, 101, 1_000])).fill(line), ...rest].join('\n');
  }
}

function size(step, random) {
  const text = step.toString();
  const filling = 'x'.repeat(random.pick([100, 8_192, 65_000, 66_000]));
  return random.pick([
    () => text.replace('\0', `${filling}\0`),
    () => text.replace('\n', `\nlong:${filling}\n`),
    () => filling + text,
    () => text.repeat(50),
    () => '\n'.repeat(5_000) + text,
    () => `SEND\ndestination:/topic/${'a/'.repeat(random.pick([100, 1_000, 4_000]))}\n\n\0${text}`,
    () =>
      `SUBSCRIBE\nid:wide\ndestination:/topic/${random.pick(['*a', '**/', '?'])}`.padEnd(4_000, '*a') + `\n\n\0${text}`,
  ])();
}
