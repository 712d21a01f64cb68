const WRAP = 1_000_000; // seconds

/** Microseconds of the machine's monotonic clock: the same in every process, always 12 digits or fewer. */
export function nowUs() {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds % WRAP) * 1e6 + Math.floor(nanoseconds / 1000);
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
