/** JSON bodies that are broken, say something else, or ask for something to be fetched. */
import { classified, problem } from './expectations.ts';
import type { Input, Kind } from './kind.ts';
import { encoded, picture } from './picture.ts';

const headers = { 'content-type': 'application/json' };

function* bodies(table: Readonly<Record<string, string | Uint8Array>>): Generator<Input> {
  for (const [name, body] of Object.entries(table)) {
    yield { name, request: { path: '/classify', headers, body: Buffer.from(body) }, pixels: picture };
  }
}

const deep = 100_000;
const image = encoded.png.toString('base64');

const malformed = {
  'a brace': '{',
  'no value': '{"image":}',
  'cut off': `{"image": "${image}`,
  'single quotes': "{'image': 'aGVsbG8='}",
  'a comma too many': '{"image": "aGVsbG8=",}',
  'a comment': '{"image": "aGVsbG8="} // done',
  'two documents': '{"image": "aGVsbG8="}{}',
  NaN: '{"image": NaN}',
  Infinity: '{"image": -Infinity}',
  undefined: '{"image": undefined}',
  'a leading zero': '{"image": 01}',
  'a control character in a string': '{"image": "\u0000"}',
  'an escape that is none': '{"image": "\\x41"}',
  'bytes that are no UTF-8': Buffer.from('7b22696d616765223a2022ff227d', 'hex'),
  'UTF-16': Buffer.from('{"image": "aGVsbG8="}', 'utf16le'),
  'brackets that were never opened': `{}${']'.repeat(deep)}`,
  text: 'an image, please',
};

const tooManyValues = {
  'brackets that never close': '['.repeat(deep),
  'objects that never close': '{"image":'.repeat(deep),
  'deep arrays': `{"image": ${'['.repeat(deep)}${']'.repeat(deep)}}`,
  'deep objects': `${'{"image":'.repeat(deep)}1${'}'.repeat(deep)}`,
  '100,000 members': `{${Array.from({ length: deep }, (_, i) => `"m${i}":${i}`).join()}}`,
  '100,000 images': JSON.stringify({ images: Array<string>(deep).fill('') }),
};

const otherJson = {
  'an empty object': '{}',
  'an array': `["${image}"]`,
  null: 'null',
  'a string': `"${image}"`,
  'a number': '1e999',
  'a number as the image': '{"image": 1e308}',
  'null as the image': '{"image": null}',
  'an object as the image': `{"image": {"b64": "${image}"}}`,
  'no images': '{"images": []}',
  'a number among the images': `{"images": ["${image}", 3]}`,
  'one image where there may be several': `{"images": "${image}"}`,
  both: `{"image": "${image}", "images": ["${image}"]}`,
  'a member that is unknown': `{"image": "${image}", "fetch": true}`,
  'a prototype': `{"__proto__": {"image": "${image}"}}`,
  'a constructor': `{"constructor": {"prototype": {"image": "${image}"}}}`,
  'text that is no base64': '{"image": "***"}',
  'a digit of base64': '{"image": "a"}',
};

/** @param canary an address that must never be asked for anything */
function addresses(canary: string): Record<string, string> {
  const asImage = (address: string) => JSON.stringify({ image: address });
  return {
    'an address': asImage(`${canary}/photo.jpg`),
    'among images': JSON.stringify({ images: [image, `${canary}/photo.jpg`] }),
    'in capitals': asImage(canary.toUpperCase()),
    'after spaces': asImage(`  \n${canary}`),
    HTTPS: asImage(canary.replace('http', 'https')),
    FTP: asImage(canary.replace('http', 'ftp')),
    'a file': asImage('file:///etc/passwd'),
    'without a scheme': asImage(canary.replace('http:', '')),
    'with a password': asImage(canary.replace('://', '://user:password@')),
    'a data: URL of text': asImage('data:text/html,<script>alert(1)</script>'),
    'a data: URL with an address in it': asImage(`data:image/png;base64,${canary}`),
  };
}

const notImages = {
  'base64 of text': '{"image": "aGVsbG8="}',
  nothing: '{"image": ""}',
  'a path, which is base64 too': '{"image": "/etc/passwd"}',
  'a data: URL of a page': '{"image": "data:text/html;base64,PCFkb2N0eXBlIGh0bWw+"}',
  'an SVG': JSON.stringify({
    image: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64'),
  }),
  '64 times text': JSON.stringify({ images: Array<string>(64).fill('aGVsbG8=') }),
};

const unusual = {
  'blank space around': `\r\n\t {"image" : "${image}" } \n`,
  'a byte order mark': `\ufeff{"image": "${image}"}`,
  'the same member twice, of which the last counts': `{"image": "aGVsbG8=", "image": "${image}"}`,
  'escapes in a name': `{"\\u0069mage": "${image}"}`,
  'escapes in base64': JSON.stringify({ image }).replaceAll('A', '\\u0041'),
  'line breaks in base64': JSON.stringify({ image: image.replace(/.{76}/g, '$&\r\n') }),
  'base64 without padding': JSON.stringify({ image: image.replace(/=+$/, '') }),
  'base64 for addresses': JSON.stringify({ image: encoded.png.toString('base64url') }),
  'a data: URL': JSON.stringify({ image: `data:image/png;base64,${image}` }),
  'a data: URL that claims to be text': JSON.stringify({
    image: `data:text/plain;charset=utf-8;base64,${image}`,
  }),
  '64 images': JSON.stringify({ images: Array<string>(64).fill(image) }),
};

export function jsonKinds(canary: string): readonly Kind[] {
  return [
    { name: 'broken JSON', inputs: bodies(malformed), expect: problem('malformed-json') },
    { name: 'JSON of too many values', inputs: bodies(tooManyValues), expect: problem('body-too-large') },
    { name: 'other JSON', inputs: bodies(otherJson), expect: problem('invalid-request') },
    {
      name: 'addresses instead of images',
      inputs: bodies(addresses(canary)),
      expect: problem('invalid-request'),
    },
    { name: 'JSON with no image in it', inputs: bodies(notImages), expect: problem('not-an-image') },
    { name: 'JSON as it may be', inputs: bodies(unusual), expect: classified },
    {
      name: 'too many images',
      inputs: bodies({
        '65': JSON.stringify({ images: Array<string>(65).fill(image) }),
      }),
      expect: problem('too-many-images'),
    },
  ];
}
