import { StompException, quote } from '../exceptions/stomp.exception.js';
import { Glob } from './glob.js';

const WILDCARDS = /[*?{]/;
const ANY_SEGMENT = /^(?:\*|\{[^{}:]*\})$/;
const CLIENT_REGEX = /\{[^{}]*:/;

/** Whether a client's destination stands for many. */
export function isPattern(destination: string): boolean {
  return WILDCARDS.test(destination);
}

/** One place in the tree of patterns: what may follow, and who ends here. */
class Node<T> {
  readonly literals = new Map<string, Node<T>>();
  readonly globs = new Map<string, { readonly glob: Glob; readonly node: Node<T> }>();
  any: Node<T> | undefined;
  rest: Node<T> | undefined;
  readonly values = new Set<T>();

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

  constructor(private readonly separator: string) {}

  /** @throws StompException when the pattern has a regular expression */
  add(pattern: string, value: T): void {
    if (CLIENT_REGEX.test(pattern)) {
      throw new StompException(
        'STOMP_ERR_DESTINATION',
        `The destination ${quote(pattern)} has a regular expression; patterns may have *, **, ? and {name} only.`,
      );
    }
    let node = this.#root;
    for (const segment of pattern.split(this.separator)) node = enter(node, segment);
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
    let nodes = withRest([this.#root]);
    for (const segment of destination.split(this.separator)) {
      const next = new Set<Node<T>>();
      for (const node of nodes) step(node, segment, next);
      if (next.size === 0) return;
      nodes = withRest(next);
    }
    for (const node of nodes) node.values.forEach(visit);
  }
}

function childOf<T>(node: Node<T>, segment: string): Node<T> | undefined {
  if (segment === '**') return node.rest;
  if (ANY_SEGMENT.test(segment)) return node.any;
  return isPattern(segment) ? node.globs.get(segment)?.node : node.literals.get(segment);
}

function enter<T>(node: Node<T>, segment: string): Node<T> {
  const known = childOf(node, segment);
  if (known) return known;
  const child = new Node<T>(segment === '**');
  if (segment === '**') node.rest = child;
  else if (ANY_SEGMENT.test(segment)) node.any = child;
  else if (isPattern(segment)) node.globs.set(segment, { glob: new Glob(segment), node: child });
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
function step<T>(node: Node<T>, segment: string, next: Set<Node<T>>): void {
  if (node.isRest) next.add(node);
  const literal = node.literals.get(segment);
  if (literal) next.add(literal);
  if (node.any && segment !== '') next.add(node.any);
  for (const { glob, node: child } of node.globs.values()) {
    if (glob.matches(segment)) next.add(child);
  }
}

/** `**` also stands for no segment at all. */
function withRest<T>(nodes: Iterable<Node<T>>): Set<Node<T>> {
  const all = new Set(nodes);
  for (const node of all) {
    if (node.rest) all.add(node.rest);
  }
  return all;
}
