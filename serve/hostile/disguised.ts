/** Good images that are called something else, or are something else as well. */
import sharp from 'sharp';
import { classified, problem } from './expectations.ts';
import { classify, type Input, type Kind } from './kind.ts';
import { encoded, picture } from './picture.ts';
import { chunk } from './pngFile.ts';

const contentTypes = [
  'image/jpeg',
  'image/svg+xml',
  'IMAGE/PNG',
  'image/',
  'application/json',
  'application/x-www-form-urlencoded',
  'application/octet-stream',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=abc',
  'multipart/mixed; boundary=abc',
  'text/html; charset=utf-16',
  'text/plain',
  'video/mp4',
  '*/*',
  ';',
  'nonsense',
  '../../etc/passwd',
  'a'.repeat(4000),
  '',
];

function* mistyped(): Generator<Input> {
  for (const type of contentTypes) {
    const headers = { 'content-type': type };
    const request = { path: '/classify', body: encoded.png, headers };
    yield { name: type.slice(0, 60), request, pixels: picture };
  }
}

const html = '<!doctype html><script>alert(1)</script>';
const zip = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');

/** A JPEG comment right after the start of the image. */
function commented(jpeg: Buffer, comment: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(comment.length + 2);
  return Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from('fffe', 'hex'),
    length,
    Buffer.from(comment),
    jpeg.subarray(2),
  ]);
}

/** The header chunk ends at byte 33. */
function textAfterHeader(png: Buffer, text: string): Buffer {
  return Buffer.concat([png.subarray(0, 33), chunk('tEXt', Buffer.from(text)), png.subarray(33)]);
}

/** Images, and files that are these and something else as well: nobody's concern. */
const polyglots: readonly (readonly [
  name: string,
  image: Uint8Array,
  ...parts: readonly (Uint8Array | string)[],
])[] = [
  ['JPEG and ZIP', encoded.jpeg, encoded.jpeg, zip],
  ['JPEG with a page in a comment', encoded.jpeg, commented(encoded.jpeg, html)],
  ['JPEG and PHP', encoded.jpeg, encoded.jpeg, '<?php system($_GET[0]); ?>'],
  ['PNG and HTML', encoded.png, encoded.png, html],
  ['PNG and another', encoded.png, encoded.png, encoded.png],
  ['PNG with a script in a text', encoded.png, textAfterHeader(encoded.png, `Comment\0${html}`)],
  ['GIF and JavaScript', encoded.gif, encoded.gif, '=1;alert(1)'],
  ['WebP and ZIP', encoded.webp, encoded.webp, zip],
  ['TIFF and PDF', encoded.tiff, encoded.tiff, '%PDF-1.4\n%%EOF'],
  ['TIFF and a megabyte', encoded.tiff, encoded.tiff, Buffer.alloc(1e6, 'x')],
];

async function* asImages(): AsyncGenerator<Input> {
  for (const [name, image, ...parts] of polyglots) {
    // The image's pixels, by another way to them.
    const { data, info } = await sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
    yield classify(name, bytes, { width: info.width, height: info.height, data });
  }
}

const junk = {
  'a line break': '\n',
  'a byte order mark': '\ufeff',
  'HTTP headers': 'HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n',
  HTML: html,
  NULs: '\0\0\0\0',
  'a PDF header': '%PDF-1.4\n',
  'a shell script': '#!/bin/sh\nexit\n',
  'a data: URL': 'data:image/png;base64,',
};

function* afterJunk(): Generator<Input> {
  for (const [name, text] of Object.entries(junk))
    yield classify(name, Buffer.concat([Buffer.from(text), encoded.png]));
}

export const disguisedKinds: readonly Kind[] = [
  { name: 'wrong and missing content types', inputs: mistyped(), expect: classified },
  { name: 'polyglots', inputs: asImages(), expect: classified },
  { name: 'images after something else', inputs: afterJunk(), expect: problem('not-an-image') },
];
