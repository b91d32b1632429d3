import { ordinaryFirefox } from '../support/ordinary-firefox.ts';
import { registerMatrix } from './matrix.ts';

registerMatrix(ordinaryFirefox);
