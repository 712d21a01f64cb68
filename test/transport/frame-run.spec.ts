import fc from 'fast-check';
import { FrameRun } from '../../lib/transport/frame-run.js';

const frames = Array.from({ length: 100 }, (_, index) => Buffer.from(`frame ${index};`));

describe('A run of frames', () => {
  it('is one and the same for all sockets that are sent the same frames', () => {
    const start = new FrameRun();
    const [first, second] = [1, 2].map(() => start.then(frames[0]!).then(frames[1]!).then(frames[2]!));

    expect(first!.bytes.toString()).toBe('frame 0;frame 1;frame 2;');
    expect(second!.bytes).toBe(first!.bytes);
  });

  it('copies nothing as long as it is a single frame', () => {
    expect(new FrameRun().then(frames[7]!).bytes).toBe(frames[7]);
  });

  it('is shared again by sockets that take turns with others', () => {
    const start = new FrameRun();
    const ways = [0, 1, 0, 1, 2, 0].map((index) => start.then(frames[index]!));

    expect(ways[2]).toBe(ways[0]);
    expect(ways[3]).toBe(ways[1]);
    expect(ways[5]).toBe(ways[0]);
  });

  it('does not remember every way that one socket alone has gone', () => {
    const start = new FrameRun();
    const ways = frames.map((frame) => start.then(frame));

    expect(start.then(frames.at(-2)!)).toBe(ways.at(-2));
    expect(start.then(frames[0]!)).not.toBe(ways[0]);
  });

  it('has memory of its own for a socket that keeps it', () => {
    const pooled = Buffer.from('one of many that share 8 KiB');
    const run = new FrameRun().then(pooled);

    expect(run.keptBytes).toEqual(pooled);
    expect(run.keptBytes.buffer.byteLength).toBe(pooled.length);
    expect(run.keptBytes).toBe(run.keptBytes);
  });

  it('holds for each socket what that socket was sent, in order, however the sockets take turns', () => {
    const sends = fc.array(fc.tuple(fc.nat(5), fc.nat(frames.length - 1)), { maxLength: 300 });
    fc.assert(
      fc.property(sends, (list) => {
        const start = new FrameRun();
        const runs = Array.from({ length: 6 }, () => start);
        const sent = Array.from({ length: 6 }, () => '');
        for (const [socket, frame] of list) {
          runs[socket] = runs[socket]!.then(frames[frame]!);
          sent[socket] += frames[frame]!.toString();
        }
        runs.forEach((run, socket) => {
          expect(run.size).toBe(sent[socket]!.length);
          if (run !== start) expect(run.bytes.toString()).toBe(sent[socket]);
        });
      }),
    );
  });
});
