import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBase64 } from './base64.ts';

it('gives back what was encoded, with blanks anywhere, in either alphabet, padded or not', () => {
  const blanks = fc.string({ unit: fc.constantFrom('', ' ', '\n', '\r\n', '\t') });
  const encoding = fc.constantFrom('base64', 'base64url');
  fc.assert(
    fc.property(fc.uint8Array(), encoding, fc.array(blanks), (bytes, alphabet, between) => {
      const text = [...Buffer.from(bytes).toString(alphabet)].map((digit, i) => digit + (between[i] ?? ''));
      expect(decodeBase64(text.join(''))).toEqual(bytes);
    }),
  );
});

// Of the last ones some would be digits if only the lower byte of each character counted, or if bytes of UTF-8 did.
it.each(['A', 'AAAAA', 'A===', 'AA=A', 'a cat?', 'AQ\0ID', 'ŁŁŁŁ', 'ＡＡＡＡ', ' ŁŁŁŁ', ' ＡＡＡＡ'])(
  'refuses %j',
  (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  },
);
