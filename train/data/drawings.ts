import type { Random } from './random.ts';

/** What lies behind an object. */
export type Backdrop = 'soil' | 'deck' | 'machinery' | 'sky' | 'none';

/** How to draw one class: SVG around the origin, about 80 units wide, on a canvas of 160 x 120. */
export interface Drawing {
  /** The id in the class map of the Mars images, whose names and ids the drawn set shares. */
  readonly id: number;
  readonly backdrop: Backdrop;
  /** Whether the object may be moved, turned and scaled; a landscape may not. */
  readonly loose: boolean;
  draw(random: Random): string;
}

export const SOIL = ['#a9744c', '#b57d52', '#9c6a45', '#c08a5e', '#8f6242'];
const METAL = ['#b9b3a8', '#a7a199', '#cbc5ba', '#979087'];
const DARK = ['#2e2926', '#3b3430', '#26221f', '#453d38'];

export const pick = (random: Random, choices: readonly string[]): string =>
  choices[random.integer(0, choices.length - 1)] ?? '#000';

const n = (value: number): string => value.toFixed(1);
const circle = (x: number, y: number, r: number, fill: string, extra = '') =>
  `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="${fill}" ${extra}/>`;
const box = (x: number, y: number, w: number, h: number, fill: string, extra = '') =>
  `<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" fill="${fill}" ${extra}/>`;
const line = (x1: number, y1: number, x2: number, y2: number, stroke: string, width: number) =>
  `<path d="M${n(x1)} ${n(y1)}L${n(x2)} ${n(y2)}" stroke="${stroke}" stroke-width="${n(width)}"/>`;
const shape = (points: readonly (readonly [number, number])[], fill: string, extra = '') =>
  `<polygon points="${points.map(([x, y]) => `${n(x)},${n(y)}`).join(' ')}" fill="${fill}" ${extra}/>`;
const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join('');
/** A point on a circle, `turn` from 0 to 1. */
const on = (radius: number, turn: number): readonly [number, number] => [
  radius * Math.cos(2 * Math.PI * turn),
  radius * Math.sin(2 * Math.PI * turn),
];

/** Pebbles with shadows, anywhere on the canvas (whose origin is its centre). */
export function pebbles(random: Random, count: number, largest: number): string {
  return times(count, () => {
    const size = random.between(1, largest);
    const [x, y] = [random.between(-80, 80), random.between(-60, 60)];
    const corners = Array.from({ length: 6 }, (_, index) => {
      const [dx, dy] = on(size * random.between(0.7, 1.2), index / 6);
      return [x + dx, y + dy * 0.7] as const;
    });
    const shadow = corners.map(([px, py]) => [px + size * 0.4, py + size * 0.35] as const);
    return shape(shadow, '#4a2f1f', 'opacity="0.55"') + shape(corners, pick(random, [...SOIL, '#7d5a42']));
  });
}

const screws = (spots: readonly (readonly [number, number])[], r: number) =>
  spots.map(([x, y]) => circle(x, y, r, '#57504a') + circle(x, y, r * 0.5, '#8d867d')).join('');

/** The black and white quartered disc by which the rover's cameras measure. */
const fiducial = (x: number, y: number, r: number) =>
  circle(x, y, r, '#f0ece4') +
  [0, 0.5]
    .map((turn) => {
      const [ax, ay] = on(r, turn);
      const [bx, by] = on(r, turn + 0.25);
      return `<path d="M${n(x)} ${n(y)}L${n(x + ax)} ${n(y + ay)}A${n(r)} ${n(r)} 0 0 1 ${n(x + bx)} ${n(y + by)}Z" fill="#1c1a18"/>`;
    })
    .join('');

/** The pictures by class name: those of the Mars images, without `sun`, of which they have none. */
export const DRAWINGS = {
  apxs: {
    id: 0,
    backdrop: 'machinery',
    loose: true,
    draw: (random) =>
      box(-20, -34, 40, 34, pick(random, METAL), 'rx="5"') +
      circle(0, 8, 30, pick(random, DARK)) +
      circle(0, 8, 23, '#8b8378') +
      circle(0, 8, 17, '#1d1a18') +
      times(6, (i) => circle(on(10, i / 6)[0], 8 + on(10, i / 6)[1], 3.4, '#c9a24d')) +
      circle(0, 8, 4, '#e8dcc0'),
  },
  'apxs cal target': {
    id: 1,
    backdrop: 'soil',
    loose: true,
    draw: (random) =>
      box(-44, -42, 88, 84, pick(random, ['#c8bfae', '#b7ad9b', '#d6cdbc']), 'rx="9"') +
      circle(3, 0, 34, '#6b5f50') +
      circle(3, 0, 31, pick(random, ['#85807a', '#77736e', '#908a82'])) +
      screws(
        [
          [-36, -34],
          [-36, 34],
        ],
        5,
      ),
  },
  'chemcam cal target': {
    id: 2,
    backdrop: 'deck',
    loose: true,
    draw: (random) =>
      box(-36, -36, 72, 72, pick(random, METAL), 'rx="3" stroke="#4a443e" stroke-width="2"') +
      times(9, (i) => {
        const [x, y] = [((i % 3) - 1) * 22, (Math.floor(i / 3) - 1) * 22];
        return (
          circle(x, y, 9, '#4d4640') +
          circle(x, y, 7, pick(random, ['#e9e2d3', '#a04a2c', '#3c4a3a', '#caa86a']))
        );
      }),
  },
  'chemin inlet open': {
    id: 3,
    backdrop: 'deck',
    loose: true,
    draw: (random) => {
      const mesh = pick(random, ['#d9b44a', '#c79f3c', '#e6c866']);
      return (
        circle(0, 0, 40, '#57514b') +
        circle(0, 0, 33, '#15120f') +
        circle(0, 0, 23, '#6f5c2a') +
        circle(0, 0, 19, mesh) +
        times(
          7,
          (i) =>
            line(-18 + i * 6, -15, -18 + i * 6, 15, '#7a6125', 1) +
            line(-15, -18 + i * 6, 15, -18 + i * 6, '#7a6125', 1),
        ) +
        box(34, -22, 22, 44, pick(random, METAL), 'rx="8"')
      );
    },
  },
  drill: {
    id: 4,
    backdrop: 'machinery',
    loose: true,
    draw: (random) =>
      circle(-20, 0, 30, pick(random, METAL)) +
      circle(-20, 0, 21, '#8c857b') +
      times(8, (i) =>
        line(
          -20 + on(21, i / 8)[0],
          on(21, i / 8)[1],
          -20 + on(30, i / 8)[0],
          on(30, i / 8)[1],
          '#6a635b',
          2,
        ),
      ) +
      shape(
        [
          [-22, -8],
          [34, -5],
          [48, 0],
          [34, 5],
          [-22, 8],
        ],
        '#d8d2c6',
        'stroke="#5c554d"',
      ) +
      times(6, (i) => line(-12 + i * 9, -6, -6 + i * 9, 6, '#6a635b', 2.4)) +
      line(-8, -26, 30, -22, '#b0a99d', 5) +
      line(-8, 26, 30, 22, '#b0a99d', 5),
  },
  'drill holes': {
    id: 5,
    backdrop: 'soil',
    loose: true,
    draw: (random) =>
      times(random.integer(1, 2), (i) => {
        const [x, y, r] = [i * 46 - 12, random.between(-12, 12), random.between(11, 17)];
        const powder = pick(random, ['#b9b4a6', '#a8a79d', '#c4baa8']);
        return (
          times(9, (k) =>
            circle(
              x + on(r * 1.5, k / 9)[0],
              y + on(r * 1.5, k / 9)[1],
              random.between(5, 10),
              powder,
              'opacity="0.75"',
            ),
          ) +
          circle(x, y, r * 1.35, powder) +
          circle(x, y, r, '#1b1512') +
          circle(x - r * 0.2, y + r * 0.35, r * 0.5, '#3d3129')
        );
      }),
  },
  'drt front': {
    id: 6,
    backdrop: 'machinery',
    loose: true,
    draw: (random) =>
      circle(0, 0, 37, pick(random, DARK)) +
      times(44, (i) => {
        const turn = i / 44 + random.between(-0.008, 0.008);
        const [x, y] = on(random.between(28, 36), turn);
        return line(
          on(9, turn)[0],
          on(9, turn)[1],
          x,
          y,
          pick(random, ['#d8cbb0', '#b3a68b', '#efe6d2']),
          1.7,
        );
      }) +
      circle(0, 0, 11, '#6f675e') +
      circle(0, 0, 5, '#c3bbae'),
  },
  'drt side': {
    id: 7,
    backdrop: 'soil',
    loose: true,
    draw: (random) =>
      box(-15, -52, 30, 34, pick(random, DARK)) +
      box(-22, -22, 44, 12, pick(random, METAL)) +
      circle(-5, -38, 6, '#c6a45a') +
      box(-26, -10, 52, 6, '#57504a') +
      times(26, (i) => {
        const x = -22 + i * 1.76;
        return line(
          x,
          -5,
          x * random.between(1.15, 1.5),
          random.between(24, 32),
          pick(random, ['#e3d7bc', '#b9ab8d']),
          1.6,
        );
      }),
  },
  ground: {
    id: 8,
    backdrop: 'soil',
    loose: false,
    draw: (random) => pebbles(random, random.integer(28, 70), random.between(5, 12)),
  },
  horizon: {
    id: 9,
    backdrop: 'none',
    loose: false,
    draw: (random) => {
      const sky = pick(random, ['#d8b48a', '#cfa87c', '#e0c09a', '#c9a98a']);
      const height = random.between(-25, 15);
      const ridge = (base: number, rough: number, fill: string) => {
        const tops = Array.from(
          { length: 13 },
          (_, i) => [-90 + i * 15, base - random.between(0, rough)] as const,
        );
        return shape([[-100, 80], ...tops, [100, 80]], fill);
      };
      return (
        box(-100, -80, 200, 160, sky) +
        ridge(height, 16, '#b58a66') +
        ridge(height + 8, 6, '#a2734c') +
        ridge(height + 22, 5, pick(random, SOIL))
      );
    },
  },
  inlet: {
    id: 10,
    backdrop: 'deck',
    loose: true,
    draw: (random) => {
      const cover = pick(random, ['#85807a', '#736d66', '#97918a']);
      return (
        box(-46, -20, 24, 40, pick(random, METAL), 'rx="4"') +
        circle(4, 0, 37, '#3a3531') +
        circle(4, 0, 33, cover) +
        line(-26, 0, 34, 0, '#4d4741', 7) +
        circle(4, 0, 7, '#4d4741') +
        screws(
          [
            [-36, -12],
            [-36, 12],
          ],
          3.5,
        )
      );
    },
  },
  mahli: {
    id: 11,
    backdrop: 'machinery',
    loose: true,
    draw: (random) =>
      box(-33, -30, 66, 60, pick(random, DARK), 'rx="8" stroke="#7d756b" stroke-width="2"') +
      circle(0, 0, 23, '#141210') +
      circle(0, 0, 17, '#3f4f5c') +
      circle(0, 0, 11, '#1a2229') +
      circle(-6, -7, random.between(2.5, 4.5), '#f3efe6') +
      [
        [-26, -23],
        [26, -23],
        [-26, 23],
        [26, 23],
      ]
        .map(([x = 0, y = 0]) => circle(x, y, 4.5, '#f7eec8'))
        .join(''),
  },
  'mahli cal target': {
    id: 12,
    backdrop: 'machinery',
    loose: true,
    draw: (random) =>
      box(-24, -50, 48, 100, pick(random, METAL), 'rx="3"') +
      ['#9c3d2a', '#3f6a48', '#3b4f86', '#caa23f', '#efeae0', '#55504b']
        .map((fill, i) => box(-20 + (i % 2) * 21, -46 + Math.floor(i / 2) * 15, 19, 13, fill))
        .join('') +
      times(8, (i) => box(-18, 4 + i * 2.8, 36, 1.4, '#2a2622')) +
      circle(0, 38, 9, '#a5683a'),
  },
  mastcam: {
    id: 13,
    backdrop: 'sky',
    loose: true,
    draw: (random) =>
      box(-7, 10, 14, 70, '#a59e94') +
      box(-48, -22, 96, 38, pick(random, ['#e6e0d4', '#d5cfc3']), 'rx="3" stroke="#857d73"') +
      [-28, 24]
        .map(
          (x) =>
            box(x - 13, -15, 26, 24, '#26221f') + circle(x, -3, 7, '#50606b') + circle(x - 2, -5, 2, '#fff'),
        )
        .join('') +
      box(-9, -46, 22, 24, '#cfc8bb') +
      circle(2, -34, 7, '#2a2623'),
  },
  'mastcam cal target': {
    id: 14,
    backdrop: 'deck',
    loose: true,
    draw: (random) =>
      box(
        -36,
        -14,
        72,
        52,
        pick(random, ['#7a6147', '#6b5540', '#8a6f52']),
        'stroke="#3d3126" stroke-width="2"',
      ) +
      `<ellipse cx="0" cy="12" rx="31" ry="19" fill="#d9d3c7"/><ellipse cx="0" cy="12" rx="22" ry="13" fill="#8e887f"/><ellipse cx="0" cy="12" rx="12" ry="7" fill="#38332e"/>` +
      [
        ['#3f5c9a', -31, -9],
        ['#a63c2b', 24, -9],
        ['#3e7a4b', -31, 27],
        ['#c9a234', 24, 27],
      ]
        .map(([fill, x, y]) => box(Number(x), Number(y), 7, 7, String(fill)))
        .join('') +
      box(-3, -30, 6, 42, '#1f1b18') +
      circle(0, -36, 10, '#2b2622') +
      circle(-3, -39, 3, '#6b6259'),
  },
  'observation tray': {
    id: 15,
    backdrop: 'soil',
    loose: true,
    draw: (random) =>
      circle(16, 6, 31, pick(random, ['#e2dccf', '#d2ccbf'])) +
      box(-12, 6, 58, 34, '#e2dccf') +
      times(40, (i) =>
        (i + Math.floor(i / 8)) % 2
          ? ''
          : box(-10 + (i % 8) * 6.8, 8 + Math.floor(i / 8) * 6.2, 6.8, 6.2, '#2a2623'),
      ) +
      `<ellipse cx="17" cy="-8" rx="${n(random.between(8, 15))}" ry="7" fill="#7d4f30"/>` +
      box(-46, -40, 6, 62, '#d5cec1') +
      box(-52, 14, 28, 26, pick(random, METAL)) +
      circle(-38, 27, 9, '#37322d'),
  },
  'portion box': {
    id: 16,
    backdrop: 'machinery',
    loose: true,
    draw: (random) =>
      shape(
        [
          [-44, -18],
          [18, -34],
          [44, 10],
          [-18, 28],
        ],
        pick(random, METAL),
        'stroke="#4b453f"',
      ) +
      shape(
        [
          [-30, -13],
          [12, -24],
          [30, 6],
          [-12, 17],
        ],
        '#2a2420',
      ) +
      shape(
        [
          [-20, -8],
          [6, -14],
          [18, 5],
          [-10, 12],
        ],
        '#8f5f3c',
      ) +
      fiducial(30, 32, 13),
  },
  'portion tube': {
    id: 17,
    backdrop: 'machinery',
    loose: true,
    draw: (random) =>
      box(-62, -13, 104, 26, pick(random, ['#d9d3c8', '#c9c3b7'])) +
      box(-62, -13, 104, 7, '#f0ece3') +
      box(-62, 7, 104, 6, '#8d867c') +
      `<ellipse cx="42" cy="0" rx="7" ry="13" fill="#3b3530"/>` +
      times(3, (i) => box(-44 + i * 26, -16, 6, 32, '#6d665d')),
  },
  'portion tube opening': {
    id: 18,
    backdrop: 'none',
    loose: true,
    draw: (random) => {
      const [wall, rim] = [
        pick(random, ['#cfc5b4', '#c0b39d', '#d9cfbf']),
        pick(random, ['#efe7d6', '#e3d8c2']),
      ];
      return (
        box(-200, -200, 400, 400, wall) +
        box(-120, -34, 136, 68, rim) +
        circle(14, 0, 34, rim) +
        box(-120, -27, 136, 54, '#b6a88f') +
        circle(14, 0, 27, '#b6a88f') +
        box(-30, -16, 56, 32, '#4b4037', 'rx="5"') +
        circle(8, 0, 10, '#8f7e67') +
        circle(8, 0, 5, '#1a1512')
      );
    },
  },
  'rems uv sensor': {
    id: 19,
    backdrop: 'deck',
    loose: true,
    draw: (random) =>
      box(
        -40,
        -27,
        80,
        54,
        pick(random, ['#8e9299', '#7f858d', '#a0a4aa']),
        'rx="4" stroke="#3b3f44" stroke-width="2"',
      ) +
      times(6, (i) => {
        const [x, y] = [((i % 3) - 1) * 25, (Math.floor(i / 3) - 0.5) * 26];
        return circle(x, y, 10, '#e9e5da') + circle(x, y, 7, '#131211') + circle(x, y, 3, '#5a3f7a');
      }) +
      screws(
        [
          [-36, 0],
          [36, 0],
          [0, 0],
        ],
        3,
      ),
  },
  'rover rear deck': {
    id: 20,
    backdrop: 'none',
    loose: false,
    draw: (random) =>
      box(-100, -80, 200, 70, pick(random, SOIL)) +
      shape(
        [
          [-90, 70],
          [-60 + random.between(-8, 8), -34],
          [62 + random.between(-8, 8), -34],
          [100, 70],
        ],
        '#d6cfc2',
      ) +
      times(5, (i) => line(-74 + i * 37, 70, -44 + i * 22, -34, '#6a625a', 2)) +
      times(3, (i) => line(-100, -10 + i * 22, 100, -12 + i * 22, '#8d857a', 1.6)) +
      times(random.integer(3, 5), () => {
        const [x, y] = [random.between(-50, 40), random.between(-20, 45)];
        return box(
          x,
          y,
          random.between(10, 26),
          random.between(8, 16),
          pick(random, METAL),
          'stroke="#57504a"',
        );
      }) +
      `<path d="M-90 40Q${n(random.between(-50, 0))} ${n(random.between(-10, 20))} 90 ${n(random.between(0, 50))}" fill="none" stroke="#b78a4a" stroke-width="3"/>`,
  },
  scoop: {
    id: 21,
    backdrop: 'soil',
    loose: true,
    draw: (random) =>
      `<path d="M-34 -26L34 -26Q40 32 0 38Q-40 32 -34 -26Z" fill="${pick(random, METAL)}" stroke="#4d463f" stroke-width="2"/>` +
      `<path d="M-25 -16L25 -16Q28 22 0 28Q-28 22 -25 -16Z" fill="#4f3a2b"/>` +
      `<ellipse cx="${n(random.between(-5, 5))}" cy="13" rx="17" ry="11" fill="#a06c43"/>` +
      box(-12, -56, 24, 32, pick(random, DARK)),
  },
  turret: {
    id: 23,
    backdrop: 'sky',
    loose: true,
    draw: (random) =>
      circle(0, 0, 30, '#4c453f') +
      times(5, (i) => {
        const [x, y] = on(random.between(26, 33), i / 5 + random.between(-0.03, 0.03));
        const size = random.between(11, 17);
        return i % 2
          ? box(
              x - size,
              y - size,
              2 * size,
              1.7 * size,
              pick(random, [...METAL, ...DARK]),
              'stroke="#25211e"',
            )
          : circle(x, y, size, pick(random, METAL), 'stroke="#25211e"') +
              circle(x, y, size * 0.55, '#2a2623');
      }) +
      times(
        7,
        () =>
          `<path d="M${n(random.between(-30, 30))} -34Q${n(random.between(-40, 40))} 0 ${n(random.between(-30, 30))} 34" fill="none" stroke="#c58a44" stroke-width="2"/>`,
      ) +
      box(-10, 34, 20, 60, '#8f877c') +
      fiducial(-2, 2, 10),
  },
  wheel: {
    id: 24,
    backdrop: 'soil',
    loose: true,
    draw: (random) => {
      const tread = pick(random, ['#8a837a', '#746d65', '#9d968c']);
      return (
        box(-28, -46, 60, 92, '#1e1a18', 'rx="22"') +
        box(-34, -46, 54, 92, pick(random, DARK), 'rx="20"') +
        times(9, (i) => {
          const y = -37 + i * 9.2;
          return `<path d="M-32 ${n(y)}L-20 ${n(y + 5)}L-8 ${n(y)}L4 ${n(y + 5)}L18 ${n(y)}" fill="none" stroke="${tread}" stroke-width="3"/>`;
        }) +
        box(20, -9, 40, 18, pick(random, METAL)) +
        circle(26, 0, 14, '#5f5850')
      );
    },
  },
} satisfies Readonly<Record<string, Drawing>>;
