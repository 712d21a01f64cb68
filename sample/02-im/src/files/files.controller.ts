import { pipeline } from 'node:stream/promises';
import { Controller, Get, HttpCode, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { BearerGuard, CurrentUser } from '../accounts/bearer.guard.js';
import type { ImUser } from '../accounts/im-user.js';
import { BlobStore } from '../ports/blob-store.js';
import { TimelineStore, type StoredFile } from '../ports/timeline-store.js';
import { byteRange } from './byte-range.js';
import { LinkQuery } from './link-query.dto.js';
import { FilesService } from './files.service.js';
import { isShown } from './mime-type.js';
import { SignedLinks } from './signed-links.js';

@Controller()
export class FilesController {
  constructor(
    private readonly files: FilesService,
    private readonly links: SignedLinks,
    private readonly store: TimelineStore,
    private readonly blobs: BlobStore,
  ) {}

  @Post('/api/files')
  @UseGuards(BearerGuard)
  upload(@Req() request: Request, @CurrentUser() user: ImUser) {
    return this.files.upload(request, user.actor);
  }

  @Post('/api/files/:file_id/url')
  @HttpCode(200)
  @UseGuards(BearerGuard)
  async url(@Param('file_id') fileId: string, @CurrentUser() user: ImUser) {
    await this.store.file(user.name, fileId);
    return this.links.linkTo(fileId, user.name);
  }

  @Get('/files/:file_id')
  async download(
    @Param('file_id') fileId: string,
    @Query() link: LinkQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    this.links.check(fileId, link);
    // The user may have left the room since the link was made.
    await this.#send(await this.store.file(link.user, fileId), request, response);
  }

  async #send({ sha256, size, mime, name, storageKey }: StoredFile, request: Request, response: Response) {
    const range = byteRange(request.headers.range, size);
    response.set({
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'private, max-age=600, immutable',
      'Content-Disposition': `${isShown(mime) ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeRfc5987(name)}`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Content-Type': mime,
      ETag: `"${sha256}"`,
      'X-Content-Type-Options': 'nosniff',
    });
    if (range === null) {
      response.status(416).set('Content-Range', `bytes */${size}`).end();
      return;
    }
    const { start, end } = range ?? { start: 0, end: size - 1 };
    if (range) response.status(206).set('Content-Range', `bytes ${start}-${end}/${size}`);
    response.set('Content-Length', `${end - start + 1}`);
    // A reader that leaves in the middle is no failure.
    await pipeline(this.blobs.read(storageKey, size > 0 ? { start, end } : undefined), response).catch(() => undefined);
  }
}

function encodeRfc5987(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
