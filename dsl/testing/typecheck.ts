/** For tests: runs the TypeScript compiler, with this project's options, on one file. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface TypeProblem {
  readonly line: number;
  /** All lines of the message, outermost first. */
  readonly message: string;
}

export interface TypeCheck {
  readonly problems: readonly TypeProblem[];
  readonly instantiations: number;
  /** What the compiler reports as its total time. */
  readonly seconds: number;
}

const root = resolve(import.meta.dirname, '../..');
const compiler = join(root, 'node_modules/typescript/bin/tsc');

/** Checks a file and what it imports. */
export function typecheckFile(file: string): TypeCheck {
  return inScratchFolder((folder) => run(folder, file));
}

/** Checks a source text that imports as a file of this folder does: from '../tensor.ts'. */
export function typecheckSource(source: string): TypeCheck {
  return inScratchFolder((folder) => {
    const file = join(folder, 'source.ts');
    writeFileSync(file, source.replaceAll("from '../", "from '../../dsl/"));
    return run(folder, file);
  });
}

function run(folder: string, file: string): TypeCheck {
  const config = join(folder, 'tsconfig.json');
  writeFileSync(config, JSON.stringify({ extends: '../../tsconfig.json', include: [], files: [file] }));
  const { stdout, stderr, error } = spawnSync(
    process.execPath,
    [compiler, '--project', config, '--extendedDiagnostics', '--pretty', 'false'],
    { cwd: root, encoding: 'utf8' },
  );
  if (error !== undefined) throw error;
  const figure = (label: string) => {
    const found = new RegExp(`^${label}:\\s+([\\d.]+)`, 'm').exec(stdout)?.[1];
    if (found === undefined) throw new Error(`tsc reports no '${label}': ${stdout}${stderr}`);
    return Number(found);
  };
  return {
    problems: readProblems(stdout),
    instantiations: figure('Instantiations'),
    seconds: figure('Total time'),
  };
}

/** `path(line,column): error TSnnnn: message`, then indented lines that explain it. */
function readProblems(output: string): TypeProblem[] {
  const problems: TypeProblem[] = [];
  for (const text of output.split('\n')) {
    const start = /^(?:.*\((\d+),\d+\): )?error TS\d+: (.*)/.exec(text);
    const open = problems.at(-1);
    if (start !== null) {
      problems.push({ line: Number(start[1] ?? 0), message: start[2] ?? '' });
    } else if (open !== undefined && text.startsWith('  ')) {
      problems[problems.length - 1] = { ...open, message: `${open.message}\n${text}` };
    }
  }
  return problems;
}

/** Inside the project, so that packages resolve, in a folder that git and the project's own check leave out. */
function inScratchFolder<T>(use: (folder: string) => T): T {
  const parent = join(root, '.cache');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'typecheck-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
