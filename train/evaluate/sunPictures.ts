/** The one class of the Mars images without a label: the sun. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AreographError } from '../../dsl/errors.ts';

/**
 * Of the 46 files in `calibrated/` that no list names, those that show the sun through a solar filter: a disc on black,
 * some with reflections of it. The other 25 show classes that are known (wheels, the rover's turret and arm, the ground)
 * and tell nothing about images of none. Told apart by looking at each of them.
 */
export const sunPictures: readonly string[] = [
  '0730ML0031280030305138D01_DRCL.JPG',
  '0730ML0031280030305138I01_DRCL.JPG',
  '0730MR0031280020402982D01_DRCL.JPG',
  '0730MR0031280020402982I01_DRCL.JPG',
  '0732ML0031400030205196D01_DRCL.JPG',
  '0732ML0031400030205196I01_DRCL.JPG',
  '0732ML0031420030205217D01_DRCL.JPG',
  '0732ML0031420030205217I01_DRCL.JPG',
  '0732MR0031400020403035D01_DRCL.JPG',
  '0732MR0031420020403036D01_DRCL.JPG',
  '0732MR0031420020403036I01_DRCL.JPG',
  '0734ML0031490030205238D01_DRCL.JPG',
  '0734ML0031490030205238I01_DRCL.JPG',
  '0734MR0031490020403074D01_DRCL.JPG',
  '0734MR0031490020403074I01_DRCL.JPG',
  '0741ML0031760030205523D01_DRCL.JPG',
  '0741ML0031760030205523I01_DRCL.JPG',
  '0741MR0031760020403162D01_DRCL.JPG',
  '0745ML0032020030205756D01_DRCL.JPG',
  '0745ML0032020030205756I01_DRCL.JPG',
  '0745MR0032020020403367D01_DRCL.JPG',
];

/**
 * The sun pictures of a data set's folder.
 *
 * @returns absolute or relative as the folder is; none if the data set has not one of them, as others than the Mars images
 * @throws AreographError 'dataset' if some are there and some are not
 */
export function sunPicturesIn(folder: string): string[] {
  const files = sunPictures.map((name) => join(folder, 'calibrated', name));
  const found = files.filter((file) => existsSync(file));
  if (found.length === 0 || found.length === files.length) return found;
  const missing = files.filter((file) => !existsSync(file)).map((file) => basename(file));
  throw new AreographError({
    code: 'dataset',
    where: join(folder, 'calibrated'),
    expected: `all ${files.length} pictures of the sun, or none`,
    found: `${found.length} of them; missing: ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ' and others' : ''}`,
    next: 'Fetch or unpack the data set again.',
  });
}
