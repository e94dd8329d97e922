import { fileURLToPath } from 'node:url';

/** The folder that holds `package.json`, absolute: where `msl-images/` and `.cache/` are looked for. */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
