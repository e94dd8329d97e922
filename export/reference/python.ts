/** Finds a Python that has the modules that a check needs: the first on the PATH may lack what the system's has. */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const candidates = ['python3', '/usr/bin/python3', 'python'];

/** The first Python that imports all modules, or undefined. */
export function findPython(...modules: readonly string[]): string | undefined {
  return candidates.find((python) => spawnSync(python, ['-c', `import ${modules.join(', ')}`]).status === 0);
}

/**
 * For tests: the Python, or undefined after a loud word that the test is skipped.
 *
 * @throws Error in CI, where nothing is skipped.
 */
export function pythonForTest(...modules: readonly string[]): string | undefined {
  const python = findPython(...modules);
  if (python !== undefined) return python;
  const packages = modules.map((module) => `python3-${module}`).join(' ');
  const message = `no Python with ${modules.join(' and ')} (Debian: apt-get install ${packages})`;
  if (process.env['CI'] !== undefined) throw new Error(message);
  console.warn(`\n!!!! SKIPPED: ${message} !!!!\n`);
  return undefined;
}

/** Runs a script with JSON on its standard input and gives the JSON that it prints. */
export function callPython(python: string, script: URL, request: unknown): unknown {
  const output = execFileSync(python, [fileURLToPath(script)], {
    input: JSON.stringify(request),
    maxBuffer: 2 ** 30,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return JSON.parse(output.toString());
}
