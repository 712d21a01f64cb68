/**
 * Calls `send` with 0, 1, 2 … below `total`, at the times at which they are due, however long the answers take.
 * @returns when each is due, and when all have been sent
 */
export function openLoop(perSecond, total, send) {
  const dueAt = new Float64Array(total);
  const begin = performance.now();
  for (let index = 0; index < total; index++) dueAt[index] = begin + (index * 1_000) / perSecond;
  let next = 0;
  return {
    dueAt,
    done: new Promise((resolve) => {
      const timer = setInterval(() => {
        while (next < total && dueAt[next] <= performance.now()) send(next++);
        if (next < total) return;
        clearInterval(timer);
        resolve();
      }, 2);
    }),
  };
}
