import { pathToFileURL } from 'node:url';
import { unpack } from './unpack.ts';

/** The import.meta.url of the package `open`, which runs the script xdg-open beside it. Node runs nothing from inside an executable. */
export const openerUrl = pathToFileURL(unpack('xdg-open')).href;
