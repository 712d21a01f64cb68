import { useEffect, useState } from 'preact/hooks';
import type { Observable } from '../core/observable.js';

export function useObservable<T>(observable: Observable<T>): T {
  const [value, setValue] = useState(observable.get());
  useEffect(() => observable.subscribe(() => setValue(() => observable.get())), [observable]);
  return value;
}
