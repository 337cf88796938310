// Whether the daemon lets this reader give orders about alerts. It says so when it refuses one; from then
// on what gives such orders is shown, but cannot be pressed, and says why.
import { setAttr } from './dom.js';

/** Empty as long as nothing was refused. */
export let refused = '';

/** @param {string} why */
export function refuse(why) {
	refused = why;
}

/** @param {HTMLButtonElement} press @param {string} [usual] its title when it can be pressed */
export function permit(press, usual) {
	press.disabled = refused !== '';
	setAttr(press, 'title', refused || usual || null);
}
