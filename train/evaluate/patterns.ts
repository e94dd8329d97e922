/**
 * Patterns in random colours that show none of the classes. What resembles one is left out: circles, which wheels, drill
 * holes and calibration targets are; machinery; soil and sky.
 */
import type { Random } from '../data/random.ts';
import type { Colour, Drawing } from './drawn.ts';

export const stripes: Drawing = (random) => {
  const across = direction(random);
  const width = random.between(0.03, 0.15);
  const [first, second] = [colour(random), colour(random)];
  return (u, v) => (isEven(across(u, v) / width) ? first : second);
};

export const checkerboard: Drawing = (random) => {
  const angle = random.between(0, Math.PI);
  const [across, down] = [along(angle), along(angle + Math.PI / 2)];
  const width = random.between(0.05, 0.25);
  const [first, second] = [colour(random), colour(random)];
  return (u, v) => (isEven(across(u, v) / width) === isEven(down(u, v) / width) ? first : second);
};

/** From one colour to another, evenly. */
export const gradient: Drawing = (random) => {
  const across = direction(random);
  const [first, second] = [colour(random), colour(random)];
  return (u, v) => {
    // Corners are up to 0.71 from the middle.
    const share = across(u - 0.5, v - 0.5) / Math.SQRT2 + 0.5;
    const [red, green, blue] = first.map((value, i) => value + share * ((second[i] ?? 0) - value));
    return [red ?? 0, green ?? 0, blue ?? 0];
  };
};

/** Cells around random points, each of one colour (a Voronoi diagram). */
export const mosaic: Drawing = (random) => {
  const cells = Array.from({ length: random.integer(12, 40) }, () => ({
    u: random.between(0, 1),
    v: random.between(0, 1),
    colour: colour(random),
  }));
  return (u, v) => {
    const distance = (cell: (typeof cells)[number]) => Math.hypot(u - cell.u, v - cell.v);
    return cells.reduce((nearest, cell) => (distance(cell) < distance(nearest) ? cell : nearest)).colour;
  };
};

/** Triangles one over another. */
export const triangles: Drawing = (random) => {
  const ground = colour(random);
  const shapes = Array.from({ length: random.integer(4, 12) }, () => {
    const point = () => [random.between(-0.1, 1.1), random.between(-0.1, 1.1)] as const;
    return { corners: [point(), point(), point()] as const, colour: colour(random) };
  });
  return (u, v) =>
    shapes.findLast(({ corners: [a, b, c] }) => {
      const sides = [side(a, b, u, v), side(b, c, u, v), side(c, a, u, v)];
      return sides.every((value) => value >= 0) || sides.every((value) => value <= 0);
    })?.colour ?? ground;
};

type Point = readonly [number, number];

/** Over 0 on one side of the line from a to b, under 0 on the other. */
function side([au, av]: Point, [bu, bv]: Point, u: number, v: number): number {
  return (bu - au) * (v - av) - (bv - av) * (u - au);
}

/** How far a place lies in a direction. */
function along(angle: number): (u: number, v: number) => number {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (u, v) => u * cos + v * sin;
}

function direction(random: Random): (u: number, v: number) => number {
  return along(random.between(0, 2 * Math.PI));
}

function isEven(value: number): boolean {
  return Math.floor(value) % 2 === 0;
}

function colour(random: Random): Colour {
  const value = () => random.integer(0, 255);
  return [value(), value(), value()];
}
