import { pathToFileURL } from 'node:url';
import { unpack } from './unpack.ts';

/** The import.meta.url of the package `open`, which runs xdg-open beside it: no embedded file can be run. */
export const openerUrl = pathToFileURL(unpack('xdg-open')).href;
