import './process/node-version.ts';
import { createRequire } from 'node:module';
import type * as Reader from './cli.ts';
import { start } from './start.ts';

/** Of all that is in src; the build says it. */
declare const buildId: string;

// The bin of the package. The reader is a file of its own, because the hit of a known call does not need it.
start(buildId, (): typeof Reader => createRequire(import.meta.url)('./reader.cjs'));
