import { availableParallelism, loadavg } from 'node:os';

/** @returns the value below which so many of them are */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).toSorted();
  return sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export function latencies(values) {
  const at = (share) => quantile(values, share).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`;
}

export function mebibytes(bytes) {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** What else keeps the machine busy is in every figure. */
export function machine() {
  return `${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}`;
}
