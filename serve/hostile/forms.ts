/** Multipart forms that are broken, or whole and strange. */
import { classified, either, problem } from './expectations.ts';
import type { Input, Kind } from './kind.ts';
import { encoded, picture } from './picture.ts';

// Longer than any place in the files by chance: Node's parser looks for it even in the middle of a line.
const boundary = 'boundary-of-the-parts';
const type = `multipart/form-data; boundary=${boundary}`;
const file = 'Content-Disposition: form-data; name="image"; filename="photo.png"';
const end = `--${boundary}--\r\n`;

/** One part: its header lines, and its content, in bytes. */
function part(header: string, content: Uint8Array | string = encoded.png): Buffer {
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\n${header}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
}

function form(...parts: readonly (Buffer | string)[]): Buffer {
  return Buffer.concat([...parts, end].map((each) => Buffer.from(each)));
}

type Forms = Readonly<Record<string, Buffer | readonly [type: string, body: Buffer]>>;

function* forms(table: Forms): Generator<Input> {
  for (const [name, row] of Object.entries(table)) {
    const [contentType, body] = Buffer.isBuffer(row) ? [type, row] : row;
    const request = { path: '/classify', headers: { 'content-type': contentType }, body };
    yield { name, request, pixels: picture };
  }
}

const whole = form(part(file));

const broken: Forms = {
  'no boundary in the type': ['multipart/form-data', whole],
  'an empty boundary': ['multipart/form-data; boundary=', whole],
  'another boundary': ['multipart/form-data; boundary=c', whole],
  'a boundary that is too long': [`multipart/form-data; boundary=${boundary.repeat(50)}`, whole],
  'no end': part(file),
  'cut off in its file': whole.subarray(0, 600),
  'cut off in a header': whole.subarray(0, 40),
  'cut off in the boundary': whole.subarray(0, 2),
  'no header lines': form(part('')),
  'a header line without a colon': form(part(`${file}\r\nnonsense`)),
  'no disposition': form(part('Content-Type: image/png')),
  'no name': form(part('Content-Disposition: form-data; filename="photo.png"')),
  'the disposition of mail': form(part('Content-Disposition: attachment; name="image"; filename="a.png"')),
  'a quote that is not closed': form(part('Content-Disposition: form-data; name="image')),
  'a line break in a name': form(part('Content-Disposition: form-data; name="image"; filename="a\nb.png"')),
  'lines that end in LF': Buffer.from(form(part(file, 'x')).toString().replaceAll('\r', '')),
  'boundaries only': form(`--${boundary}\r\n`.repeat(1000)),
  'a page instead': Buffer.from('<!doctype html><p>hello'),
  'NULs instead': Buffer.alloc(10_000),
};

const text = part('Content-Disposition: form-data; name="note"', 'hello');
const withoutFile: Forms = {
  'no part': form(),
  'a text': form(text),
  'the image as a text': form(
    part('Content-Disposition: form-data; name="image"', encoded.png.toString('base64')),
  ),
  'a form inside': form(
    part(
      'Content-Disposition: form-data; name="files"\r\nContent-Type: multipart/mixed; boundary=c',
      '--c\r\nContent-Disposition: attachment; filename="a.png"\r\n\r\nx\r\n--c--\r\n',
    ),
  ),
};

const tooManyParts = {
  '5,000 parts without header lines': form(...Array<Buffer>(5000).fill(part('', ''))),
  '5,000 empty texts': form(...Array<Buffer>(5000).fill(part('Content-Disposition: form-data; name=""', ''))),
  '5,000 texts of different names': form(
    ...Array.from({ length: 5000 }, (_, i) => part(`Content-Disposition: form-data; name="n${i}"`, '')),
  ),
};

/** RFC 2046 has room for these, Node's parser has not: either is fine. */
const disputed: Forms = {
  'a boundary of one letter': [
    'multipart/form-data; boundary=P',
    Buffer.from(whole.toString('latin1').replaceAll(boundary, 'P'), 'latin1'),
  ],
  'text before the first part': form('preamble\r\n', part(file)),
  'text after the end': Buffer.concat([whole, Buffer.from('epilogue')]),
  'names without quotes': form(part('Content-Disposition: form-data; name=image; filename=photo.png')),
  'an encoded name': form(
    part(`Content-Disposition: form-data; name="image"; filename*=UTF-8''%e2%82%ac.png`),
  ),
  '10,000 header lines': form(part(`${file}\r\n${'X-A: b\r\n'.repeat(9999)}X-A: b`)),
  'other header lines': form(
    part(`${file}\r\nContent-Encoding: gzip\r\nContent-Location: http://127.0.0.1/`),
  ),
};

/** Names of files as they are sent, in bytes, and as they come back. */
const names: Readonly<Record<string, readonly [sent: Uint8Array | string, returned: string]>> = {
  'path traversal': ['../../../../etc/passwd', '../../../../etc/passwd'],
  'path traversal as on Windows': ['..\\..\\boot.ini', '..\\..\\boot.ini'],
  'an absolute path': ['/dev/null', '/dev/null'],
  'a NUL': ['a\0b.png', 'a\0b.png'],
  'an encoded NUL': ['a%00b.png', 'a%00b.png'],
  'encoded line breaks': ['a%0D%0Ab.png', 'a\r\nb.png'],
  'an encoded quote': ['a%22b.png', 'a"b.png'],
  'control characters': ['\u001b[2J\u0007.png', '\u001b[2J\u0007.png'],
  markup: ['<img src=x onerror=alert(1)>.png', '<img src=x onerror=alert(1)>.png'],
  'bytes that are no UTF-8': [Buffer.from('fffec3', 'hex'), '\ufffd\ufffd\ufffd'],
  'an overlong encoding of a slash': [Buffer.from('c0af', 'hex'), '\ufffd\ufffd'],
  'half a surrogate pair': [Buffer.from('eda080', 'hex'), '\ufffd\ufffd\ufffd'],
  'text from right to left': ['\u202egnp.exe', '\u202egnp.exe'],
  'an emoji': ['\u{1f6f8}.png', '\u{1f6f8}.png'],
  'a prototype': ['__proto__', '__proto__'],
  'a device': ['CON', 'CON'],
  'no name': ['', ''],
};

function* oddlyNamed(): Generator<Input> {
  const [before = '', after = ''] = file.split('photo.png');
  for (const [name, [sent, returned]] of Object.entries(names)) {
    const header = Buffer.concat([
      Buffer.from(`--${boundary}\r\n${before}`),
      Buffer.from(sent),
      Buffer.from(`${after}\r\n\r\n`),
    ]);
    const body = form(header, encoded.png, '\r\n');
    yield {
      name,
      request: { path: '/classify', headers: { 'content-type': type }, body },
      pixels: picture,
      file: returned,
    };
  }
}

export const formKinds: readonly Kind[] = [
  { name: 'broken forms', inputs: forms(broken), expect: problem('malformed-form') },
  { name: 'forms of too many parts', inputs: forms(tooManyParts), expect: problem('too-many-images') },
  { name: 'forms without a file', inputs: forms(withoutFile), expect: problem('no-file') },
  {
    name: 'forms on which parsers differ',
    inputs: forms(disputed),
    expect: either(classified, problem('malformed-form')),
  },
  { name: 'names of files', inputs: oddlyNamed(), expect: classified },
];
