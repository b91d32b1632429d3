import type { StartCode, startExitCodes } from '../errors.ts';

// Runs before everything else, in syntax that an old Node has: the other files would be syntax errors there,
// or fail later. So it imports types alone. These versions are the first with all that daypass uses; require() of ES
// modules came last.
const needed = 'daypass needs Node 20.20, 22.12 or newer';
const program = JSON.stringify(process.execPath);
const exitCode: (typeof startExitCodes)['not-node' | 'old-node'] = 64;

// `bun --bun` puts a `node` before the real one that is Bun, and Deno has such links too. Both run a hit and
// fail in the middle of a sign-in.
const { bun, deno } = process.versions as NodeJS.ProcessVersions & { bun?: string; deno?: string };
const other = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : undefined;
if (other)
  refuse(
    'not-node',
    `${program} is ${other}`,
    'put Node before it on PATH, or start daypass with Node by its path',
  );

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 20) || major === 21 || (major === 22 && minor < 12))
  refuse(
    'old-node',
    `${program} is Node ${process.version}`,
    'install Node 24 (https://nodejs.org/en/download), and put it before this one on PATH',
  );

function refuse(code: StartCode, found: string, hint: string): void {
  process.stderr.write(`daypass: ${code}: ${found}, and ${needed}\nhint: ${hint}\n`);
  process.exit(exitCode);
}
