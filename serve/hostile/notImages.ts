/** Files that are no images, or are in formats that are programs more than images. */
import { gzipSync } from 'node:zlib';
import { problem } from './expectations.ts';
import { classifyEach, type Kind } from './kind.ts';

/** @param canary an address that must never be asked for anything */
function drawings(canary: string): Record<string, string> {
  const svg = (content: string, before = '') =>
    `${before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64">${content}</svg>`;
  const laughs = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    .map((name, i, names) => `<!ENTITY ${name} "${i === 0 ? 'ha' : `&${names[i - 1]};`.repeat(10)}">`)
    .join('');
  return {
    plain: svg('<rect width="64" height="64" fill="red"/>'),
    'an image over HTTP': svg(`<image xlink:href="${canary}/image.png" width="64" height="64"/>`),
    'an image from disk': svg('<image xlink:href="file:///etc/hostname" width="64" height="64"/>'),
    'an entity over HTTP': svg('<text>&x;</text>', `<!DOCTYPE svg [<!ENTITY x SYSTEM "${canary}/x">]>`),
    'an entity from disk': svg(
      '<text>&x;</text>',
      '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ),
    'a billion laughs': svg('<text>&h;</text>', `<!DOCTYPE svg [${laughs}]>`),
    'a style sheet over HTTP': svg(`<style>@import url("${canary}/style.css");</style>`),
    'a script': svg('<script>fetch("/")</script>'),
    'an external DTD': svg('', `<!DOCTYPE svg SYSTEM "${canary}/svg.dtd">`),
    'an XML declaration': svg('<rect/>', '<?xml version="1.0" encoding="UTF-8"?>'),
    'huge dimensions': '<svg xmlns="http://www.w3.org/2000/svg" width="1e9" height="1e9"/>',
    'nested 10,000 deep': svg('<g>'.repeat(10_000) + '</g>'.repeat(10_000)),
    gzipped: gzipSync(svg('<rect/>')).toString('latin1'),
  };
}

const hex = (start: string) => Buffer.concat([Buffer.from(start, 'hex'), Buffer.alloc(500)]);

const otherFiles = {
  text: 'a line of text\n'.repeat(20),
  'text in UTF-16': Buffer.from('\ufeffan image, honestly', 'utf16le'),
  'an HTML page': '<!doctype html><html><body><img src="photo.jpg"></body></html>',
  XML: '<?xml version="1.0"?><a/>',
  PostScript: '%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\nshowpage\n',
  PDF: '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
  'an ELF program': hex('7f454c4602010100'),
  'a Windows program': hex('4d5a900003000000'),
  'a shell script': '#!/bin/sh\nrm -rf /tmp/nothing\n',
  WebAssembly: hex('0061736d01000000'),
  'a ZIP archive': hex('504b0304140000000800'),
  'a gzip stream': gzipSync(Buffer.alloc(10_000_000)),
  'an MP4 video': hex('00000018667479706d703432000000006d70343269736f6d'),
  'a QuickTime video': hex('0000001466747970717420200000000071742020'),
  'a WAV sound': hex('52494646f401000057415645666d7420'),
  'a Windows bitmap': hex('424d3a0000000000000036000000280000000400000004000000010018'),
  'a PPM image': Buffer.concat([Buffer.from('P6\n4 4\n255\n'), Buffer.alloc(48, 9)]),
  'a JPEG XL codestream': hex('ff0a'),
  'NULs only': Buffer.alloc(5000),
  'one byte': Buffer.of(0xff),
};

/** A file type box of a brand for still images, and no image. */
const heif = (brand: string) =>
  Buffer.concat([Buffer.from('00000018', 'hex'), Buffer.from(`ftyp${brand}\0\0\0\0mif1${brand}`, 'latin1')]);

export function notImageKinds(canary: string): readonly Kind[] {
  return [
    { name: 'SVG', inputs: classifyEach(drawings(canary)), expect: problem('not-an-image') },
    { name: 'files of other kinds', inputs: classifyEach(otherFiles), expect: problem('not-an-image') },
    {
      name: 'HEIF without an image in it',
      inputs: classifyEach({
        heic: heif('heic'),
        avif: heif('avif'),
        mif1: heif('mif1'),
        msf1: heif('msf1'),
        'avif with a box of 4 GB': Buffer.concat([heif('avif'), Buffer.from('ffffffff6d657461', 'hex')]),
      }),
      expect: problem('damaged-image'),
    },
  ];
}
