/** What a drop or a paste brings. */
import { AreographError } from '../../dsl/errors.ts';
import { complain } from '../state.ts';

/** The files in it. Of a folder, or of a picture that is no file yet, it is said what to do instead. */
export function givenFiles(transfer: DataTransfer): readonly File[] {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const folder = items.map((item) => item.webkitGetAsEntry()).find((entry) => entry?.isDirectory);
  if (folder) {
    complain(
      new AreographError({
        code: 'format',
        where: folder.name,
        expected: 'image files',
        found: 'a folder',
        next: 'Open it, and drop the images that are in it.',
      }),
    );
    return [];
  }
  if (transfer.files.length === 0 && transfer.types.includes('text/uri-list')) {
    complain(
      new AreographError({
        code: 'format',
        where: 'what was dropped',
        expected: 'image files',
        found: 'the address of one',
        next: 'Save the image first: this page fetches nothing from other sites.',
      }),
    );
  }
  return [...transfer.files];
}
