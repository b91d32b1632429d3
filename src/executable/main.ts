import type * as Reader from '../cli.ts';
import { start } from '../start.ts';
import { shareVariables } from './native-variables.ts';
import { loadPart, partFlag } from './parts.ts';

/** The hash of all files in src, set by the build. */
declare const buildId: string;

// The single executable starts with this script. Everything that a hit does not need is a part.
shareVariables();
const [, , argument = ''] = process.argv;
const part = argument.startsWith(partFlag) ? argument.slice(partFlag.length) : '';
if (part) loadPart(part);
else start(buildId, () => loadPart('reader') as typeof Reader);
