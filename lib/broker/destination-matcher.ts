import { StompException, quote } from '../exceptions/stomp.exception.js';
import { GlobIndex } from './glob-index.js';
import { Glob } from './glob.js';

const WILDCARDS = /[*?{]/;
const ANY_SEGMENT = /^(?:\*|\{[^{}:]*\})$/;
const CLIENT_REGEX = /\{[^{}]*:/;

/**
 * What a look-up costs at most, for each pattern: so many segments of the pattern times so many of the destination. Clients
 * choose both.
 */
const MOST_SEGMENTS = 64;

/** What a pattern may take up: it is kept for as long as its subscription. */
const LONGEST_PATTERN = 1_024;

/** @throws StompException when a destination or a pattern is deeper than anyone needs */
export function checkDepth(destination: string, separator: string): void {
  if (destination.length < MOST_SEGMENTS || destination.split(separator).length <= MOST_SEGMENTS) return;
  throw refused(`The destination ${quote(destination)} has more than ${MOST_SEGMENTS} segments.`);
}

/** Whether a client's destination stands for many. */
export function isPattern(destination: string): boolean {
  return WILDCARDS.test(destination);
}

/** One place in the tree of patterns: what may follow, and who ends here. */
class Node<T> {
  readonly literals = new Map<string, Node<T>>();
  readonly globs = new GlobIndex<Node<T>>();
  any: Node<T> | undefined;
  rest: Node<T> | undefined;
  readonly values = new Set<T>();
  /** The step of the look-up that has been here last. */
  step = 0;

  /** @param isRest the place behind a `**`, where any segment leads back to */
  constructor(readonly isRest = false) {}

  get isEmpty(): boolean {
    return this.values.size === 0 && this.literals.size === 0 && this.globs.size === 0 && !this.any && !this.rest;
  }
}

/**
 * Patterns of destinations (Spring `AntPathMatcher`): `*` and `{name}` for a segment, `**` for any number of them, `*` and
 * `?` within one. Kept as a tree of segments, so that a look-up costs the segments of the destination and the branches that
 * fit, whatever the number of patterns. A pattern with a regular expression (`{name:[a-z]+}`) is refused: it comes from a client.
 */
export class DestinationMatcher<T> {
  readonly #root = new Node<T>();
  #step = 0;

  constructor(private readonly separator: string) {}

  /** @throws StompException when the pattern has a regular expression, or is too long or too deep */
  add(pattern: string, value: T): void {
    checkDepth(pattern, this.separator);
    if (pattern.length > LONGEST_PATTERN) {
      throw refused(`The pattern ${quote(pattern)} has more than ${LONGEST_PATTERN} characters.`);
    }
    if (CLIENT_REGEX.test(pattern)) {
      throw refused(
        `The destination ${quote(pattern)} has a regular expression; patterns may have *, **, ? and {name} only.`,
      );
    }
    // First what may be refused, so that nothing of a refused pattern stays in the tree.
    const ways = pattern.split(this.separator).map((segment) => ({ segment, glob: globOf(segment) }));
    let node = this.#root;
    for (const { segment, glob } of ways) node = enter(node, segment, glob);
    node.values.add(value);
  }

  remove(pattern: string, value: T): void {
    const way: { readonly parent: Node<T>; readonly segment: string; readonly child: Node<T> }[] = [];
    let node = this.#root;
    for (const segment of pattern.split(this.separator)) {
      const child = childOf(node, segment);
      if (!child) return;
      way.push({ parent: node, segment, child });
      node = child;
    }
    node.values.delete(value);
    // Back to the root, as far as the branches have become empty.
    for (let last = way.pop(); last?.child.isEmpty; last = way.pop()) leave(last.parent, last.segment);
  }

  /** Visits each value once for each of its patterns that matches. */
  match(destination: string, visit: (value: T) => void): void {
    if (this.#root.isEmpty) return;
    let nodes: Node<T>[] = [];
    reach(this.#root, nodes, ++this.#step);
    for (const segment of destination.split(this.separator)) {
      const next: Node<T>[] = [];
      this.#step++;
      for (const node of nodes) advance(node, segment, next, this.#step);
      if (next.length === 0) return;
      nodes = next;
    }
    for (const node of nodes) node.values.forEach(visit);
  }
}

function childOf<T>(node: Node<T>, segment: string): Node<T> | undefined {
  if (segment === '**') return node.rest;
  if (ANY_SEGMENT.test(segment)) return node.any;
  return isPattern(segment) ? node.globs.get(segment) : node.literals.get(segment);
}

function globOf(segment: string): Glob | undefined {
  return isPattern(segment) && segment !== '**' && !ANY_SEGMENT.test(segment) ? new Glob(segment) : undefined;
}

function enter<T>(node: Node<T>, segment: string, glob: Glob | undefined): Node<T> {
  const known = childOf(node, segment);
  if (known) return known;
  const child = new Node<T>(segment === '**');
  if (segment === '**') node.rest = child;
  else if (ANY_SEGMENT.test(segment)) node.any = child;
  else if (glob) node.globs.add(glob, child);
  else node.literals.set(segment, child);
  return child;
}

function leave<T>(node: Node<T>, segment: string): void {
  if (segment === '**') node.rest = undefined;
  else if (ANY_SEGMENT.test(segment)) node.any = undefined;
  else if (isPattern(segment)) node.globs.delete(segment);
  else node.literals.delete(segment);
}

/** Where one more segment leads from a node. */
function advance<T>(node: Node<T>, segment: string, next: Node<T>[], step: number): void {
  if (node.isRest) reach(node, next, step);
  reach(node.literals.get(segment), next, step);
  if (segment !== '') reach(node.any, next, step);
  if (node.globs.size > 0) node.globs.match(segment, (child) => reach(child, next, step));
}

/** A node is reached once in a step, by however many ways. `**` also stands for no segment at all. */
function reach<T>(node: Node<T> | undefined, reached: Node<T>[], step: number): void {
  if (!node || node.step === step) return;
  node.step = step;
  reached.push(node);
  reach(node.rest, reached, step);
}

function refused(sentence: string): StompException {
  return new StompException('STOMP_ERR_DESTINATION', sentence);
}
