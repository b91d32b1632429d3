import { askedPart, loadPart } from './parts.ts';

// The only script that the single executable starts with; all else is a part.
loadPart(askedPart(process.argv) ?? 'reader');
