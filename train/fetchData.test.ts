import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readDataset } from './data/dataset.ts';
import { failureOf, listedFiles, namesBelow, temporaryFolder } from './data/fixtures.ts';
import { fetchMslImages } from './fetchData.ts';

/** A ZIP archive whose entries are stored, with any names, safe or not. */
function zipOf(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const [nameBytes, data] = [Buffer.from(name), Buffer.from(content)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const central = Buffer.alloc(14);
    central.writeUInt32LE(offset, 10);
    const body = Buffer.concat([Buffer.from('PK\x03\x04'), common, nameBytes, data]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), common, central, nameBytes]));
    bodies.push(body);
    offset += body.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

const COUNTS = { train: 4, val: 2, test: 2 };
const wholeArchive = async (prefix = 'msl-images/') =>
  zipOf({
    ...Object.fromEntries(
      Object.entries(await listedFiles(COUNTS)).map(([name, data]) => [prefix + name, data]),
    ),
    [`${prefix}README.txt`]: 'about',
    [`${prefix}calibrated/unlisted.png`]: 'x',
  });

interface Behaviour {
  readonly archive: Buffer;
  /** What the record announces; default: the truth. */
  readonly announced?: { size?: number; checksum?: string; key?: string };
  /** Drop the connection after this many bytes, per request; default: never. */
  readonly dropAfter?: readonly number[];
  readonly ranges?: boolean;
  /** Answers instead of the archive, per request. */
  readonly statuses?: readonly number[];
}

/** A server as the archive's: the record and its one file. `requests` are the Range headers of downloads. */
async function serve({ archive, announced, dropAfter = [], ranges = true, statuses = [] }: Behaviour) {
  const requests: (string | undefined)[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/api/records/1049137') {
      const md5 = createHash('md5').update(archive).digest('hex');
      const links = { self: `${baseUrl}/api/records/1049137/files/msl-images.zip/content` };
      const file = {
        key: 'msl-images.zip',
        size: archive.length,
        checksum: `md5:${md5}`,
        links,
        ...announced,
      };
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ id: 1049137, files: [file] }));
      return;
    }
    const { range } = request.headers;
    const [dropAt, status] = [dropAfter[requests.length], statuses[requests.length]];
    requests.push(range);
    if (status) {
      response.writeHead(status).end('no');
      return;
    }
    const start = ranges && range ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0;
    const body = archive.subarray(start);
    const headers = { 'Content-Length': String(body.length) };
    const contentRange = `bytes ${start}-${archive.length - 1}/${archive.length}`;
    response.writeHead(
      start > 0 ? 206 : 200,
      start > 0 ? { ...headers, 'Content-Range': contentRange } : headers,
    );
    if (dropAt === undefined) response.end(body);
    else response.write(body.subarray(0, dropAt), () => setTimeout(() => response.destroy(), 20));
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const baseUrl = `http://127.0.0.1:${address.port}`;
  return { baseUrl, requests };
}

const target = () => join(temporaryFolder(), 'msl-images');
const PART = 'msl-images.zip.part';

describe('fetchMslImages', () => {
  it('downloads, verifies, unpacks and checks, and keeps what else is in the folder', async () => {
    const directory = target();
    mkdirSync(directory);
    writeFileSync(join(directory, 'README.md'), 'mine');
    const { baseUrl, requests } = await serve({ archive: await wholeArchive() });
    const progress: [number, number][] = [];
    const fetched = await fetchMslImages({
      directory,
      baseUrl,
      onProgress: (...call) => progress.push(call),
    });
    expect(fetched.downloaded).toBe(true);
    expect(fetched.dataset).toEqual(readDataset(directory));
    expect(fetched.dataset.splits.train).toHaveLength(4);
    expect(progress.at(-1)?.[0]).toBe(progress.at(-1)?.[1]);
    expect(requests).toEqual([undefined]);
    expect(namesBelow(directory).filter((name) => !name.includes('calibrated/'))).toEqual([
      'README.md',
      'README.txt',
      'calibrated',
      'msl_synset_words-indexed.txt',
      'test-calibrated-shuffled.txt',
      'train-calibrated-shuffled.txt',
      'val-calibrated-shuffled.txt',
    ]);
    expect(readFileSync(join(directory, 'README.md'), 'utf8')).toBe('mine');

    expect(await fetchMslImages({ directory, baseUrl: 'http://127.0.0.1:9' })).toEqual({
      dataset: fetched.dataset,
      downloaded: false,
    });
  });

  it('takes archives without a folder, and replaces half a set', async () => {
    const directory = target();
    mkdirSync(join(directory, 'calibrated'), { recursive: true });
    writeFileSync(join(directory, 'calibrated', 'train 0.png'), 'half');
    const { baseUrl } = await serve({ archive: await wholeArchive('') });
    const { dataset } = await fetchMslImages({ directory, baseUrl });
    expect(readFileSync(dataset.splits.train[0]?.file ?? '').length).toBeGreaterThan(4);
  });

  it('takes up a dropped download by itself where it stopped', async () => {
    const directory = target();
    const { baseUrl, requests } = await serve({ archive: await wholeArchive(), dropAfter: [100, 50] });
    await fetchMslImages({ directory, baseUrl, retryDelay: 1 });
    expect(requests).toEqual([undefined, 'bytes=100-', 'bytes=150-']);
  });

  it('gives up when nothing comes any more, keeps the part, and continues it the next time', async () => {
    const directory = target();
    const archive = await wholeArchive();
    const failing = await serve({ archive, dropAfter: [200], statuses: [0, 503, 429, 500, 503] });
    const error = await failureOf(() =>
      fetchMslImages({ directory, baseUrl: failing.baseUrl, retryDelay: 1 }),
    );
    expect(error.code).toBe('dataset');
    expect(error.message).toMatch(/HTTP status 500.*By hand: open https:\/\/doi.org\/10.5281/);
    expect(failing.requests).toHaveLength(4);
    expect(namesBelow(directory)).toEqual([PART]);
    expect(readFileSync(join(directory, PART))).toEqual(archive.subarray(0, 200));

    const working = await serve({ archive });
    await fetchMslImages({ directory, baseUrl: working.baseUrl });
    expect(working.requests).toEqual(['bytes=200-']);
    expect(existsSync(join(directory, PART))).toBe(false);
  });

  it('starts over where the server knows no ranges', async () => {
    const directory = target();
    const { baseUrl, requests } = await serve({
      archive: await wholeArchive(),
      dropAfter: [300],
      ranges: false,
    });
    const { dataset } = await fetchMslImages({ directory, baseUrl, retryDelay: 1 });
    expect(requests).toEqual([undefined, 'bytes=300-']);
    expect(dataset.classes).toHaveLength(2);
  });

  it('stops a server without ranges that drops at the same place every time', async () => {
    const options = { archive: await wholeArchive(), dropAfter: Array(20).fill(300), ranges: false };
    const { baseUrl, requests } = await serve(options);
    const error = await failureOf(() => fetchMslImages({ directory: target(), baseUrl, retryDelay: 1 }));
    expect(error.code).toBe('dataset');
    expect(requests.length).toBeLessThan(6);
  });

  it('does not repeat a request that was refused for good', async () => {
    const { baseUrl, requests } = await serve({ archive: await wholeArchive(), statuses: [404, 404] });
    const directory = target();
    const error = await failureOf(() => fetchMslImages({ directory, baseUrl, retryDelay: 1 }));
    expect(error.problem.found).toBe('the HTTP status 404');
    expect(requests).toHaveLength(1);
    expect(existsSync(directory)).toBe(false);
  });

  it('refuses and removes a download with another checksum or size', async () => {
    const archive = await wholeArchive();
    for (const announced of [{ checksum: `md5:${'0'.repeat(32)}` }, { size: archive.length - 5 }]) {
      const directory = target();
      const { baseUrl } = await serve({ archive, announced });
      const error = await failureOf(() => fetchMslImages({ directory, baseUrl, retryDelay: 1 }));
      expect(error.code).toBe('dataset');
      expect(error.problem.expected).toMatch(/MD5 checksum/);
      expect(namesBelow(directory)).toEqual([]);
    }
  });

  it('does not continue a part that is longer than the file', async () => {
    const directory = target();
    const archive = await wholeArchive();
    mkdirSync(directory);
    writeFileSync(join(directory, PART), Buffer.alloc(archive.length + 1));
    const { baseUrl, requests } = await serve({ archive });
    await fetchMslImages({ directory, baseUrl });
    expect(requests).toEqual([undefined]);
  });

  it('refuses an archive that writes outside its folder, is damaged, or holds no whole set', async () => {
    const files = await listedFiles(COUNTS);
    const { 'calibrated/val 0.png': _, ...incomplete } = files;
    const whole = await wholeArchive();
    const cases: [archive: Buffer, message: RegExp][] = [
      [zipOf({ ...files, '../escaped.txt': 'x' }), /\.\.\/escaped\.txt/],
      [zipOf({ ...files, '/tmp/escaped.txt': 'x' }), /absolute path/],
      [zipOf({ ...files, 'a\\..\\..\\escaped.txt': 'x' }), /./],
      [whole.subarray(0, whole.length - 30), /./],
      [zipOf(incomplete), /the image calibrated\/val 0\.png/],
      [zipOf({ 'other.txt': 'x' }), /./],
    ];
    for (const [archive, message] of cases) {
      const directory = target();
      const { baseUrl } = await serve({ archive });
      const error = await failureOf(() => fetchMslImages({ directory, baseUrl }));
      expect(error.code).toBe('dataset');
      expect(error.message).toMatch(message);
      // The verified download stays, so that it need not be fetched again; nothing of its contents does.
      expect(namesBelow(join(directory, '..'))).toEqual(['msl-images', `msl-images/${PART}`]);
    }
  });

  it('says what to do by hand when the server cannot be reached or answers something else', async () => {
    const directory = target();
    const offline = await failureOf(() => fetchMslImages({ directory, baseUrl: 'http://127.0.0.1:9' }));
    expect(offline.code).toBe('dataset');
    expect(offline.problem.found).toMatch(/ECONNREFUSED|bad port/);
    expect(offline.problem.next).toMatch(
      /doi.org\/10.5281\/zenodo.1049137, download msl-images.zip.*MSL_IMAGES/,
    );

    const archive = Buffer.from('x');
    for (const announced of [{ checksum: 'sha1:00' }, { key: 'other.zip' }]) {
      const { baseUrl, requests } = await serve({ archive, announced });
      const error = await failureOf(() => fetchMslImages({ directory, baseUrl }));
      expect(error.message).toMatch(/files\.0\.checksum|the files other\.zip/);
      expect(requests).toEqual([]);
    }
    expect(existsSync(directory)).toBe(false);
  });
});
