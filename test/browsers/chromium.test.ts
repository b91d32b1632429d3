import { ordinaryChromium } from '../support/ordinary-chromium.ts';
import { registerMatrix } from './matrix.ts';

registerMatrix(ordinaryChromium);
