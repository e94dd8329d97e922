import type { current } from '../../state.ts';

/** The image that is looked at, with its pixels. */
export type Shown = NonNullable<typeof current.value>;
