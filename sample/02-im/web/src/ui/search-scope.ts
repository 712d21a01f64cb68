import { Observable } from '../core/observable.js';

export interface SearchScope {
  readonly roomId: string;
  readonly title: string;
}

/** The room to search in; undefined: in all. */
export const searchScope = new Observable<SearchScope | undefined>(undefined);
