import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NamedTensor } from '../export/namedTensor.ts';
import { failureOf, temporaryFolder } from './data/fixtures.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import { writeFileAtomic } from './writeFile.ts';

const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }).chain((dims) =>
  fc
    .float32Array({
      minLength: dims.reduce((a, b) => a * b, 1),
      maxLength: dims.reduce((a, b) => a * b, 1),
    })
    .map((data): NamedTensor => ({ dims, data })),
);
const names = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter((name) => name !== '__metadata__' && name !== '__proto__');
const files = fc.record({
  tensors: fc.array(fc.tuple(names, tensor), { maxLength: 5 }).map((entries) => new Map(entries)),
  metadata: fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.string()),
});

function raw({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength));
}

function bytesOf(pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat(pieces);
}

describe('safetensors', () => {
  it('come back as they were, bit for bit, from a Buffer at any offset', () => {
    fc.assert(
      fc.property(files, fc.integer({ min: 0, max: 7 }), (file, offset) => {
        const bytes = Buffer.concat([Buffer.alloc(offset), ...encodeSafetensors(file)]).subarray(offset);
        const back = decodeSafetensors(bytes, 'file');
        expect([...back.tensors.keys()].sort()).toEqual([...file.tensors.keys()].sort());
        for (const [name, { dims, data }] of file.tensors) {
          expect(back.tensors.get(name)?.dims).toEqual(dims);
          // As bytes: NaN is not equal to itself.
          expect(raw(back.tensors.get(name)?.data ?? new Float32Array())).toEqual(raw(data));
        }
        expect(back.metadata).toEqual({ ...file.metadata });
      }),
    );
  });

  it('lay out as the format says', () => {
    const bytes = bytesOf(
      encodeSafetensors({
        tensors: new Map([['w', { dims: [2], data: Float32Array.of(1, -2) }]]),
        metadata: {},
      }),
    );
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    expect(JSON.parse(bytes.subarray(8, 8 + length).toString())).toEqual({
      __metadata__: {},
      w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    });
    expect([bytes.readFloatLE(8 + length), bytes.readFloatLE(12 + length)]).toEqual([1, -2]);
    expect(bytes).toHaveLength(16 + length);
  });

  it('are refused when cut short anywhere, or when they are something else', () => {
    const whole = bytesOf(
      encodeSafetensors({
        tensors: new Map([['w', { dims: [3], data: Float32Array.of(1, 2, 3) }]]),
        metadata: { a: 'b' },
      }),
    );
    for (let length = 0; length < whole.length; length += 1) {
      expect(
        () => decodeSafetensors(whole.subarray(0, length), 'cut.safetensors'),
        `${length} bytes`,
      ).toThrow('cut.safetensors');
    }
    expect(() => decodeSafetensors(Buffer.from('GIF89a, not tensors at all'), 'x.safetensors')).toThrow(
      'whole safetensors',
    );
  });
});

describe('writing a file', () => {
  it('replaces the old content in one step and leaves nothing else', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'last.safetensors');
    writeFileAtomic(file, [Buffer.from('old')]);
    writeFileAtomic(file, [Buffer.from('new '), Buffer.from('content')]);
    expect(readFileSync(file, 'utf8')).toBe('new content');
    expect(readdirSync(folder)).toEqual(['last.safetensors']);
  });

  it('says what is wrong with the place, and keeps what was there', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a-file'), 'kept');
    const { code, message } = await failureOf(() =>
      writeFileAtomic(join(folder, 'a-file', 'x'), [Buffer.from('12345')]),
    );
    expect(code).toBe('storage');
    expect(message).toContain('room to write 5 bytes');
    expect(message).toContain('--resume');
    expect(readFileSync(join(folder, 'a-file'), 'utf8')).toBe('kept');
  });

  // The limit on the size of files stands for a full disk: the write stops in the middle, as it does there.
  it.skipIf(process.platform === 'win32')('keeps the old file when room runs out in the middle', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'last.safetensors');
    writeFileSync(file, 'old');
    const script = `
      import { writeFileAtomic } from ${JSON.stringify(new URL('./writeFile.ts', import.meta.url).href)};
      try { writeFileAtomic(${JSON.stringify(file)}, [new Uint8Array(8e6)]); }
      catch (error) { console.log(error.code + ': ' + error.message); }`;
    const command = `ulimit -f 1000; exec "$0" --import tsx --input-type=module -e "$1"`;
    const output = execFileSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8' });
    expect(output).toMatch(/^storage: .*8000000 bytes/);
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['last.safetensors']);
  });
});
