/**
 * A reason against a release.
 * @typedef {object} Fault
 * @property {string} fault the fault, with its value
 * @property {string} fix what to do, with the command to copy
 */

/** @type {(fault: string, fix: string) => Fault} */
export const fault = (text, fix) => ({ fault: text, fix });
