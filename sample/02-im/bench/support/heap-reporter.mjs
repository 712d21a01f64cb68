// `--import`ed into the server: tells its memory after garbage collection and the CPU time that it has used, and records a profile.
process.on('message', (question) => {
  if (question !== 'report') return;
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  process.send({ heapUsed, rss, cpu: process.cpuUsage() });
});
process.channel?.unref();
