import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OriginRule } from '../origin-rule.js';
import { answer, cacheForAYear } from './responses.js';

/** `/iframe*.html`: the page through which old browsers cross domains. */
export class IframePage {
  readonly #html: string;
  readonly #etag: string;

  constructor(clientLibraryUrl: string) {
    this.#html = page(clientLibraryUrl.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`));
    this.#etag = `"${createHash('sha256').update(this.#html).digest('hex').slice(0, 32)}"`;
  }

  /** A page of any host can frame this one, which no list of origins could prevent: with such a list there is no page. */
  serve(request: IncomingMessage, response: ServerResponse, rule: OriginRule): void {
    if (!rule.admitsAll && !rule.isSameHostOnly) return answer(response, 404);
    if (rule.isSameHostOnly) response.setHeader('X-Frame-Options', 'SAMEORIGIN');
    if (request.headers['if-none-match'] === this.#etag) return answer(response, 304);
    cacheForAYear(response);
    answer(response, 200, this.#html, { 'Content-Type': 'text/html; charset=UTF-8', ETag: this.#etag });
  }
}

function page(clientLibraryUrl: string): string {
  return `<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="${clientLibraryUrl}"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>`;
}
