/** The classes that the user names, and their images. They stay when another view is shown. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { computed, signal } from '@preact/signals';
import { AreographError } from '../../dsl/errors.ts';
import { lessonClasses, lessonFile, lessonSize } from '../catalogue.ts';
import { fetchBytes } from '../engine.ts';
import { decodeFile } from '../images/decoder.ts';
import { complain } from '../state.ts';
import { isNextHeldBack } from './heldBack.ts';
import { problemsOf } from './problems.ts';

export interface LearnImage {
  readonly id: number;
  readonly name: string;
  readonly file: File;
  /** The file, to show it: an object URL. */
  readonly url: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly digest: string;
  /** Whether it is never trained on; as long as the page is open. */
  readonly heldBack: boolean;
}

export interface LearnClass {
  readonly id: number;
  readonly name: string;
  readonly images: readonly LearnImage[];
}

let ids = 0;
function nextId(): number {
  ids += 1;
  return ids;
}

function emptyClass(name: string): LearnClass {
  return { id: nextId(), name, images: [] };
}

export const classes = signal<readonly LearnClass[]>([emptyClass('class 1'), emptyClass('class 2')]);

/** Whether there are images to judge a training by. */
export const someHeldBack = computed(() => imagesOf(classes.value).some(({ image }) => image.heldBack));

/** What has to be mended before training can start, in words for the user. */
export const problems = computed(() => problemsOf(classes.value));

/** Every image with the place of its class. */
export function imagesOf(
  named: readonly LearnClass[],
): readonly { readonly label: number; readonly image: LearnImage }[] {
  return named.flatMap(({ images }, label) => images.map((image) => ({ label, image })));
}

export function addClass(): void {
  const taken = new Set(classes.value.map(({ name }) => name));
  let number = classes.value.length + 1;
  while (taken.has(`class ${number}`)) number += 1;
  classes.value = [...classes.value, emptyClass(`class ${number}`)];
}

export function renameClass(id: number, name: string): void {
  change(id, (changed) => ({ ...changed, name }));
}

/** Addresses of images stay valid: a result may still show them. They hold no pixels, only the name of a file. */
export function removeClass(id: number): void {
  classes.value = classes.value.filter((other) => other.id !== id);
}

export function removeImage(classId: number, imageId: number): void {
  change(classId, (changed) => ({
    ...changed,
    images: changed.images.filter(({ id }) => id !== imageId),
  }));
}

export function removeAllImages(id: number): void {
  change(id, (changed) => ({ ...changed, images: [] }));
}

/** Adds images to a class; of each file that is none, or is there already, it is said why. */
export async function addImages(id: number, files: readonly File[]): Promise<void> {
  for (const file of files) {
    try {
      // Decoded again when training starts, since the pixels of many would fill the memory.
      await decodeFile(file);
      const digest = await digestOf(file);
      requireNew(file.name, digest);
      change(id, (changed) => ({
        ...changed,
        images: [...changed.images, imageOf(file, digest, changed.images)],
      }));
    } catch (error) {
      complain(error);
    }
  }
}

/** On which side images stand that were given once, by digest: one that is taken away and given again stays there. */
const sides = new Map<string, boolean>();

function imageOf(file: File, digest: string, others: readonly LearnImage[]): LearnImage {
  const heldBack = sides.get(digest) ?? isNextHeldBack(others);
  sides.set(digest, heldBack);
  return { id: nextId(), name: file.name, file, url: URL.createObjectURL(file), digest, heldBack };
}

async function digestOf(file: Blob): Promise<string> {
  return bytesToHex(sha256(new Uint8Array(await file.arrayBuffer())));
}

/** Were it there twice, it could be learned from and held back too. */
function requireNew(name: string, digest: string): void {
  const place = classes.value.find(({ images }) => images.some((image) => image.digest === digest));
  if (place === undefined) return;
  throw new AreographError({
    code: 'image',
    where: name,
    expected: 'an image that is not there yet',
    found: `the same one in “${place.name}”`,
    next: 'Give another, or take that one away first.',
  });
}

/** Puts drawn pictures in place of all classes. */
export async function fillWithDrawings(): Promise<void> {
  try {
    const drawn = await Promise.all(
      lessonClasses.map(async (name) => {
        const files = Array.from({ length: lessonSize }, async (_, picture) => {
          const bytes = await fetchBytes(lessonFile(name, picture));
          const file = new File([bytes], `drawn ${name} ${picture + 1}.jpg`, { type: 'image/jpeg' });
          return { file, digest: await digestOf(file) };
        });
        const images: LearnImage[] = [];
        for (const { file, digest } of await Promise.all(files)) images.push(imageOf(file, digest, images));
        return { ...emptyClass(name), images };
      }),
    );
    classes.value = drawn;
  } catch (error) {
    complain(error);
  }
}

function change(id: number, how: (changed: LearnClass) => LearnClass): void {
  classes.value = classes.value.map((each) => (each.id === id ? how(each) : each));
}
