import { pathToFileURL } from 'node:url';
import { unpack } from './unpack.ts';

/**
 * The import.meta.url of the package `open`, which runs the script xdg-open beside it: no file inside an
 * executable can be run.
 */
export const openerUrl = pathToFileURL(unpack('xdg-open')).href;
