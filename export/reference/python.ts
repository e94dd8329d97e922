/** Finds a Python that has the modules that a check needs: the first on the PATH may lack what the system's has. */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { neededForTest } from '../testing/needed.ts';

const candidates = ['python3', '/usr/bin/python3', 'python'];

/** The first Python that imports all modules, or undefined. */
export function findPython(...modules: readonly string[]): string | undefined {
  return candidates.find((python) => spawnSync(python, ['-c', `import ${modules.join(', ')}`]).status === 0);
}

/** For tests: the Python, or undefined where the test is skipped; see {@link neededForTest}. */
export function pythonForTest(...modules: readonly string[]): string | undefined {
  const packages = modules.map((module) => `python3-${module}`).join(' ');
  return neededForTest(
    findPython(...modules),
    `no Python with ${modules.join(' and ')} (Debian: apt-get install ${packages})`,
  );
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
