import { MessageType } from '../../../src/model/message.js';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** What every browser draws; an SVG may hold scripts and goes as a file. */
const PICTURES = /^image\/(png|jpeg|gif|webp|avif)$/;

export function isPicture(mime: string): boolean {
  return PICTURES.test(mime);
}

export async function pictureSize(file: Blob): Promise<PictureSize | undefined> {
  if (!isPicture(file.type)) return undefined;
  try {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  } catch {
    return undefined;
  }
}

export function messageTypeOf(mime: string, isDrawable: boolean): MessageType {
  if (isDrawable) return MessageType.Image;
  if (mime.startsWith('audio/')) return MessageType.Voice;
  return mime.startsWith('video/') ? MessageType.Video : MessageType.File;
}
