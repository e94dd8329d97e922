/** What was measured on. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { env } from 'onnxruntime-node';
import sharp from 'sharp';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** In GiB. */
  readonly memory: number;
  readonly platform: string;
  readonly versions: Readonly<Record<string, string>>;
}

export function machine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    versions: {
      node: process.versions.node,
      onnxruntime: env.versions.node ?? env.versions.common,
      libvips: sharp.versions.vips,
    },
  };
}
