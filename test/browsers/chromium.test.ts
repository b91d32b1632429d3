import { ordinaryChromium } from '../support/ordinary-chromium.ts';
import { registerBehaviours } from './behaviours.ts';
import { onDesktop } from './desktop.ts';
import { registerCells, registerRepetitions } from './matrix.ts';
import { longCells, shortCells } from './table.ts';

onDesktop(ordinaryChromium, (desktop) => {
  registerCells(desktop, longCells);
  registerBehaviours(desktop);
  registerCells(desktop, shortCells);
  registerRepetitions(desktop, 10);
});
