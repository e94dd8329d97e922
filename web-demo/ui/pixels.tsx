import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RgbaImage } from '../images/rgba.ts';

/** Pixels as they are; how large they are shown is up to the style. */
export function Pixels({
  image,
  label,
  class: style,
}: {
  readonly image: RgbaImage;
  /** For those who do not see it; without one it is an ornament. */
  readonly label?: string;
  readonly class?: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, data } = image;
  useLayoutEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
  }, [data, width, height]);
  const spoken =
    label === undefined ? { 'aria-hidden': true } : ({ role: 'img', 'aria-label': label } as const);
  return <canvas ref={canvas} class={style} width={width} height={height} {...spoken} />;
}
