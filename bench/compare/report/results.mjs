/** What was measured, by plan and server; of several rounds the median counts. */
export class Results {
  #rows;

  constructor(rows) {
    this.#rows = rows;
  }

  get plans() {
    return [...new Map(this.#rows.map(({ plan, title }) => [plan, { name: plan, title }])).values()];
  }

  scenarioOf(plan) {
    return this.#rows.find((row) => row.plan === plan).scenario;
  }

  /** The servers of a plan for which there are figures, in the order given. */
  serversOf(plan, order) {
    return order.filter((name) => this.runs(plan, name).length > 0);
  }

  runs(plan, server) {
    return this.#rows.filter((row) => row.plan === plan && row.target === server && row.failed === undefined);
  }

  failures(plan) {
    return this.#rows.filter((row) => row.plan === plan && row.failed !== undefined);
  }

  /** All values that `read` finds in the runs. */
  values(plan, server, read) {
    return this.runs(plan, server)
      .map(read)
      .filter((value) => Number.isFinite(value));
  }

  /** @returns undefined if nothing was measured */
  median(plan, server, read) {
    const values = this.values(plan, server, read);
    return values.length > 0 ? median(values) : undefined;
  }

  /** Of what must not happen in any round. @returns undefined if nothing was measured */
  total(plan, server, read) {
    const values = this.values(plan, server, read);
    return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) : undefined;
  }
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
