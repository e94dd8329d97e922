/** All hostile inputs, by kind. */
import { addressKinds } from './addresses.ts';
import { bombKinds } from './bombs.ts';
import { damagedKinds } from './damaged.ts';
import { disguisedKinds } from './disguised.ts';
import { formKinds } from './forms.ts';
import { jsonKinds } from './json.ts';
import type { Kind } from './kind.ts';
import { notImageKinds } from './notImages.ts';
import { orientationKinds } from './orientation.ts';
import { tensorKinds } from './tensors.ts';
import { transportKinds } from './transport.ts';
import { unusualKinds } from './unusualImages.ts';

export interface CorpusOptions {
  /** An address that inputs ask to have fetched. Nothing must ever ask it for anything. */
  readonly canary: string;
  /** The server's limit of a body. */
  readonly maxBodyBytes: number;
}

/** Made for a server of the model `tiny`, version 1, with default limits but that of a body. */
export function hostileCorpus({ canary, maxBodyBytes }: CorpusOptions): readonly Kind[] {
  return [
    ...damagedKinds,
    ...bombKinds,
    ...notImageKinds(canary),
    ...disguisedKinds,
    ...unusualKinds,
    ...orientationKinds,
    ...formKinds,
    ...jsonKinds(canary),
    ...addressKinds,
    ...tensorKinds,
    ...transportKinds(maxBodyBytes),
  ];
}
