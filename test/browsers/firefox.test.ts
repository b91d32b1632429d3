import { ordinaryFirefox } from '../support/ordinary-firefox.ts';
import { registerBehaviours } from './behaviours.ts';
import { onDesktop } from './desktop.ts';
import { registerCells, registerRepetitions } from './matrix.ts';
import { longCells, shortCells } from './table.ts';

onDesktop(ordinaryFirefox, (desktop) => {
  registerCells(desktop, longCells);
  registerBehaviours(desktop);
  registerCells(desktop, shortCells);
  registerRepetitions(desktop, 4);
});
