/** Augmentation against PyTorch's affine_grid and grid_sample and torchvision's formulas; and its properties. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { stream } from '../../export/random.ts';
import { uniform } from '../../export/reference/noise.ts';
import { callPython, pythonForTest } from '../../export/reference/python.ts';
import { type Geometry, inverseMap, isIdentity, type Size, warp } from './affine.ts';
import { augmented } from './augment.ts';
import { type ColourChange, changeColours } from './colour.ts';
import { CUTOUT_GREY, cutOut } from './cutout.ts';
import { drawAugmentation } from './parameters.ts';
import {
  type AugmentationSettings,
  augmentationPresetNames,
  augmentationPresets,
  augmentationSchema,
} from './schema.ts';

const unmoved: Geometry = { flipX: false, flipY: false, rotation: 0, scale: 1, aspect: 1, right: 0, down: 0 };
const unchanged: ColourChange = { brightness: 1, contrast: 1, saturation: 1, hue: 0, gains: [1, 1, 1] };

function noiseImage({ height, width }: Size): Uint8ClampedArray {
  return Uint8ClampedArray.from(uniform('augmentation', height * width * 3), (u) => Math.floor(u * 256));
}

function moved(image: Uint8ClampedArray, size: Size, change: Partial<Geometry>): Uint8ClampedArray {
  const target = new Uint8ClampedArray(image.length);
  warp(image, target, size, inverseMap({ ...unmoved, ...change }, size));
  return target;
}

const size = { height: 12, width: 17 };
const geometries: Partial<Geometry>[] = [
  {},
  { flipX: true },
  { flipY: true, right: 0.3 },
  { rotation: 0.3 },
  { rotation: -2.5, scale: 1.7 },
  // Far out, where the mirror is mirrored.
  { scale: 0.21, right: -0.9, down: 0.7 },
  { flipX: true, flipY: true, rotation: 0.7, scale: 0.8, right: -0.11, down: 0.23 },
  { aspect: 1.8 },
  { flipX: true, aspect: 0.6, rotation: 0.9, scale: 1.2, right: 0.1 },
];
const colours: Partial<ColourChange>[] = [
  {},
  { brightness: 1.6 },
  { contrast: 0.3 },
  { contrast: 1.9 },
  { saturation: 0 },
  { saturation: 1.8 },
  { hue: 0.6 },
  { hue: -2.2 },
  { brightness: 0.8, contrast: 1.3, saturation: 0.6, hue: -0.3 },
  { gains: [1.2, 0.9, 0.5] },
  { brightness: 1.1, contrast: 0.7, saturation: 0, gains: [0.8, 1, 1.3] },
];

it("is PyTorch's affine grid sampling, and torchvision's brightness, contrast and saturation", ({ skip }) => {
  const python = pythonForTest('torch', 'numpy');
  if (python === undefined) return skip();
  const images = z.array(z.array(z.number()));
  const answers = z.object({ warped: images, coloured: images }).parse(
    callPython(python, new URL('./torch_augmentation.py', import.meta.url), {
      size: [size.height, size.width],
      geometries: geometries.map((change) => ({ ...unmoved, ...change })),
      colours: colours.map((change) => ({ ...unchanged, ...change })),
    }),
  );
  // Half a grey level is what rounding may take away.
  const farthest = (found: ArrayLike<number>, expected: readonly number[] = []) => {
    expect(found).toHaveLength(expected.length);
    return Math.max(...expected.map((value, p) => Math.abs(value - (found[p] ?? Number.NaN))));
  };
  const image = noiseImage(size);
  for (const [i, change] of geometries.entries()) {
    const what = JSON.stringify(change);
    expect(farthest(moved(image, size, change), answers.warped[i]), what).toBeLessThan(0.5001);
  }
  for (const [i, change] of colours.entries()) {
    const pixels = image.slice();
    changeColours(pixels, { ...unchanged, ...change });
    expect(farthest(pixels, answers.coloured[i]), JSON.stringify(change)).toBeLessThan(0.5001);
  }
});

const sizes = fc.record({
  height: fc.integer({ min: 1, max: 20 }),
  width: fc.integer({ min: 1, max: 20 }),
});

describe('the geometry', () => {
  it('undoes a flip by the same flip', () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), fc.boolean(), (size, flipX, flipY) => {
        const image = noiseImage(size);
        expect(moved(moved(image, size, { flipX, flipY }), size, { flipX, flipY })).toEqual(image);
      }),
    );
  });

  it('mirrors rows and columns when it flips', () => {
    const image = Uint8ClampedArray.of(1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4);
    const square = { height: 2, width: 2 };
    expect(Array.from(moved(image, square, { flipX: true }))).toEqual([2, 2, 2, 1, 1, 1, 4, 4, 4, 3, 3, 3]);
    expect(Array.from(moved(image, square, { flipY: true }))).toEqual([3, 3, 3, 4, 4, 4, 1, 1, 1, 2, 2, 2]);
  });

  it('moves the pixels of a square to other places when it is turned by 90 degrees', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), (edge) => {
        const square = { height: edge, width: edge };
        const image = noiseImage(square);
        const turned = moved(image, square, { rotation: Math.PI / 2 });
        for (let y = 0; y < edge; y += 1) {
          for (let x = 0; x < edge; x += 1) {
            // Clockwise: the top row becomes the right column.
            const to = (x * edge + (edge - 1 - y)) * 3;
            const from = (y * edge + x) * 3;
            expect(turned.subarray(to, to + 3)).toEqual(image.subarray(from, from + 3));
          }
        }
      }),
    );
  });

  it('mirrors at the edge what a shift brings in', () => {
    const row = Uint8ClampedArray.of(10, 0, 0, 20, 0, 0, 30, 0, 0, 40, 0, 0);
    const shifted = moved(row, { height: 1, width: 4 }, { right: 0.5 });
    expect(Array.from(shifted.filter((_, i) => i % 3 === 0))).toEqual([20, 10, 10, 20]);
  });

  it('never leaves the range of the pixels that it samples', () => {
    fc.assert(
      fc.property(sizes, fc.integer(), (size, seed) => {
        const settings = augmentationSchema.parse({ shift: 1, rotation: 180, scale: 4 });
        const { geometry } = drawAugmentation(settings, stream(seed, 'range'));
        const image = noiseImage(size).map((value) => 100 + (value >> 2));
        for (const value of moved(image, size, geometry)) expect(value >= 100 && value < 164).toBe(true);
      }),
    );
  });
});

describe('cutout', () => {
  it('paints exactly the part of the square that lies in the image', () => {
    const unit = fc.float({ min: 0, max: Math.fround(0.999), noNaN: true });
    fc.assert(
      fc.property(sizes, unit, unit, unit, (size, x, y, edge) => {
        const { height, width } = size;
        const pixels = new Uint8ClampedArray(height * width * 3).fill(1);
        cutOut(pixels, size, { x, y, edge });
        const length = Math.round(edge * Math.min(height, width));
        const isPainted = (position: number, centre: number) =>
          position - centre >= -Math.floor(length / 2) && position - centre < Math.ceil(length / 2);
        for (let p = 0; p < pixels.length; p += 1) {
          const column = Math.floor(p / 3) % width;
          const row = Math.floor(p / 3 / width);
          const painted = isPainted(column, Math.floor(x * width)) && isPainted(row, Math.floor(y * height));
          expect(pixels[p]).toBe(painted ? CUTOUT_GREY : 1);
        }
      }),
    );
  });
});

describe('augmented', () => {
  const batch = 5;
  const square = { height: 16, width: 16 };
  const imageBytes = 16 * 16 * 3;
  const images = Uint8Array.from(uniform('batch', batch * imageBytes), (u) => Math.floor(u * 256));
  const varied = (settings: AugmentationSettings, ...labels: readonly number[]) =>
    augmented(images, square, settings, stream(1, 'test', ...labels));

  it('changes nothing without settings', () => {
    expect(varied(augmentationPresets.none, 1)).toEqual(images);
  });

  it('depends on the stream alone, and treats each image in its own way', () => {
    const { light } = augmentationPresets;
    expect(varied(light, 1, 2)).toEqual(varied(light, 1, 2));
    expect(varied(light, 1, 2)).not.toEqual(varied(light, 1, 3));
    const same = new Uint8Array(2 * imageBytes);
    same.set(images.subarray(0, imageBytes));
    same.set(images.subarray(0, imageBytes), imageBytes);
    const copies = augmented(same, square, light, stream(1, 'test'));
    expect(copies.subarray(0, imageBytes)).not.toEqual(copies.subarray(imageBytes));
  });

  it('leaves the images that it was given as they are', () => {
    const given = images.slice();
    const copies = augmented(given, square, augmentationSchema.parse({ cutout: 1 }), stream(1, 'test'));
    expect(given).toEqual(images);
    expect(new Set(copies).has(CUTOUT_GREY)).toBe(true);
  });

  it('cuts out windows of the size asked for, anywhere in the image and as often as elsewhere', () => {
    // Each pixel says where it is.
    const size = { height: 7, width: 5 };
    const one = Uint8Array.from({ length: 7 * 5 * 3 }, (_, p) => Math.floor(p / 3));
    const many = Uint8Array.from({ length: 1200 * one.length }, (_, p) => one[p % one.length] ?? 0);
    const crop = { height: 4, width: 3 };
    const windows = augmented(many, size, augmentationPresets.none, stream(1, 'windows'), crop);
    expect(windows).toHaveLength(1200 * 4 * 3 * 3);
    const times = new Map<number, number>();
    for (let first = 0; first < windows.length; first += 36) {
      const place = windows[first] ?? 0;
      const expected = Array.from(
        { length: 36 },
        (_, p) => place + 5 * Math.floor(p / 9) + (Math.floor(p / 3) % 3),
      );
      expect([...windows.subarray(first, first + 36)]).toEqual(expected);
      times.set(place, (times.get(place) ?? 0) + 1);
    }
    // Tops 0 to 3, lefts 0 to 2: a hundred of each place.
    expect([...times.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 5, 6, 7, 10, 11, 12, 15, 16, 17]);
    for (const count of times.values()) expect(Math.abs(count - 100)).toBeLessThan(40);
  });

  it('cuts out of the augmented image what that has there', () => {
    const settings = augmentationSchema.parse({ rotation: 60, scale: 0.5, aspect: 0.5, verticalFlip: 0.5 });
    fc.assert(
      fc.property(sizes, fc.integer(), (size, seed) => {
        const image = new Uint8Array(noiseImage(size));
        const drawn = drawAugmentation(settings, stream(seed, 'crop'));
        const whole = moved(Uint8ClampedArray.from(image), size, drawn.geometry);
        const crop = { height: Math.ceil(size.height / 2), width: Math.ceil(size.width / 3) };
        const left = Math.floor(drawn.window.left * (size.width - crop.width + 1));
        const top = Math.floor(drawn.window.top * (size.height - crop.height + 1));
        const colourless = { ...settings, brightness: 0, contrast: 0, saturation: 0 };
        const cut = augmented(image, size, colourless, stream(seed, 'crop'), crop);
        for (let p = 0; p < cut.length; p += 1) {
          const row = top + Math.floor(p / 3 / crop.width);
          const column = left + (Math.floor(p / 3) % crop.width);
          // The map's sums are in another order: a half may be rounded up here and down there.
          const there = whole[(row * size.width + column) * 3 + (p % 3)] ?? Number.NaN;
          expect(Math.abs((cut[p] ?? Number.NaN) - there)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('the draws', () => {
  const draws = (change: Partial<AugmentationSettings>, count = 400) => {
    const settings = { ...augmentationPresets.none, ...change };
    const random = stream(3, 'draws');
    return Array.from({ length: count }, () => drawAugmentation(settings, random));
  };
  const spread = (values: readonly number[]) => [Math.min(...values), Math.max(...values)];

  it('fill the range of their setting, and leave the rest alone', () => {
    const ranges: [
      setting: string,
      value: number | [number, number],
      of: (drawn: ReturnType<typeof drawAugmentation>) => number,
      range: [number, number],
    ][] = [
      ['rotation', 90, ({ geometry }) => geometry.rotation, [-Math.PI / 2, Math.PI / 2]],
      ['shift', 0.2, ({ geometry }) => geometry.right, [-0.2, 0.2]],
      ['shift', 0.2, ({ geometry }) => geometry.down, [-0.2, 0.2]],
      ['scale', 1, ({ geometry }) => geometry.scale, [0.5, 2]],
      ['scale', [1, 1.6], ({ geometry }) => geometry.scale, [1, 1.6]],
      ['aspect', 1, ({ geometry }) => geometry.aspect, [0.5, 2]],
      ['brightness', 0.5, ({ colour }) => colour.brightness, [0.5, 1.5]],
      ['contrast', 0.5, ({ colour }) => colour.contrast, [0.5, 1.5]],
      ['saturation', 0.5, ({ colour }) => colour.saturation, [0.5, 1.5]],
      ['saturation', [0, 1.4], ({ colour }) => colour.saturation, [0, 1.4]],
      ['channelGain', 0.2, ({ colour }) => colour.gains[0], [0.8, 1.2]],
      ['channelGain', 0.2, ({ colour }) => colour.gains[1], [0.8, 1.2]],
      ['channelGain', 0.2, ({ colour }) => colour.gains[2], [0.8, 1.2]],
      ['hue', 0.25, ({ colour }) => colour.hue, [-Math.PI / 2, Math.PI / 2]],
    ];
    const still = draws({});
    expect(still.every(({ geometry }) => isIdentity(inverseMap(geometry, size)))).toBe(true);
    for (const [setting, value, of, [low, high]] of ranges) {
      const [least = Number.NaN, most = Number.NaN] = spread(draws({ [setting]: value }).map(of));
      const margin = (high - low) / 50;
      expect(least, setting).toBeGreaterThanOrEqual(low);
      expect(least, setting).toBeLessThan(low + margin);
      expect(most, setting).toBeLessThanOrEqual(high);
      expect(most, setting).toBeGreaterThan(high - margin);
      expect(new Set(still.map(of)).size, setting).toBe(1);
    }
  });

  it('flip as often as asked', () => {
    const flips = draws({ horizontalFlip: 0.25, verticalFlip: 1 }).map(({ geometry }) => geometry);
    expect(flips.filter(({ flipX }) => flipX).length / flips.length).toBeCloseTo(0.25, 1);
    expect(flips.every(({ flipY }) => flipY)).toBe(true);
    expect(draws({}).some(({ geometry }) => geometry.flipX || geometry.flipY)).toBe(false);
  });

  it('take the colours as often as asked', () => {
    const grey = draws({ grayscale: 0.25, saturation: 0.5 }).filter(({ colour }) => colour.saturation === 0);
    expect(grey.length / 400).toBeCloseTo(0.25, 1);
    expect(draws({ saturation: 0.5 }).some(({ colour }) => colour.saturation === 0)).toBe(false);
  });

  it('have nothing to do with each other', () => {
    const varied = { ...augmentationPresets.strong, aspect: 0.3, channelGain: 0.2 };
    const random = stream(3, 'draws');
    const series = Array.from({ length: 400 }, () => {
      const { geometry, colour, cutout } = drawAugmentation({ ...varied, verticalFlip: 0.5 }, random);
      return [geometry, colour, colour.gains, { x: cutout.x, y: cutout.y }]
        .flatMap((part) => Object.values(part))
        .filter((value) => !Array.isArray(value))
        .map(Number);
    });
    const standard = (column: number) => {
      const values = series.map((row) => row[column] ?? Number.NaN);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const norm = Math.hypot(...values.map((value) => value - mean));
      return values.map((value) => (value - mean) / norm);
    };
    const columns = (series[0] ?? []).map((_, column) => standard(column));
    expect(columns).toHaveLength(16);
    for (const [i, a] of columns.entries()) {
      for (const b of columns.slice(i + 1)) {
        const correlation = a.reduce((sum, value, row) => sum + value * (b[row] ?? Number.NaN), 0);
        expect(Math.abs(correlation)).toBeLessThan(0.2);
      }
    }
  });

  it('stay the same when another setting changes', () => {
    const before = draws({ rotation: 10 }).map(({ geometry }) => geometry.rotation);
    const after = draws({ rotation: 10, brightness: 0.3, shift: 0.1, cutout: 0.5 });
    expect(after.map(({ geometry }) => geometry.rotation)).toEqual(before);
  });
});

it('has a preset for every name, and refuses settings that make no sense', () => {
  expect(Object.keys(augmentationPresets)).toEqual([...augmentationPresetNames]);
  expect(augmentationPresets.light).toEqual(augmentationSchema.parse({}));
  for (const wrong of [{ shift: 2 }, { rotation: -1 }, { horizontalFlip: 1.5 }, { flip: 1 }]) {
    expect(augmentationSchema.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
  }
});
