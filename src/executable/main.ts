import type * as Reader from '../cli.ts';
import { start } from '../start.ts';
import { askedPart, loadPart } from './parts.ts';

/** Of all that is in src; the build says it. */
declare const buildId: string;

// The only script that the single executable starts with; all but a hit is a part.
const part = askedPart(process.argv);
if (part) loadPart(part);
else start(buildId, () => loadPart('reader') as typeof Reader);
