import { askedPart, loadPart } from './parts.ts';

// The only script that the single executable starts with: the reader, small, and the way to all else.
const part = askedPart(process.argv);
if (part) loadPart(part);
else void import('../cli.ts');
