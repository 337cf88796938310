// How far the page can be believed: the word in the bar, which is also the button that holds the page
// still, and the banner of a page that is lost.
import { on, setAttr, setMark, setText, show } from '../view/dom.js';
import { age, clock } from '../view/format.js';
import { isRight, tryNow, turnPause } from '../live/live.js';
import { offerKey } from './keys.js';

const PATIENCE_MS = 3000;
const LONG_PAUSE_MS = 600_000;

/** @typedef {import('../app.js').Frame} Frame */

/** How many messages there were at the last paint, and the tone since: two in one paint are a beat. */
let heard = 0;
let isLit = false;

/** @param {Frame} frame @returns {[string, string, string]} shape, tone, words */
function wordsOf({ state, model, age: ms }) {
	const silent = age(ms / 1000);
	switch (state) {
	case 'live':
		return ['dot', isLit ? 'ok' : 'ok beat', 'Live'];
	case 'late':
		return ['triangle', 'warn', `Late ${silent}`];
	case 'lost':
		return ['ring', 'dim', model ? `Lost ${silent}` : 'Lost'];
	case 'paused':
		return ['bars', 'calm', ms > LONG_PAUSE_MS ? `Paused ${silent}. Resume?` : 'Paused'];
	default:
		return ['ring', 'dim', ms > PATIENCE_MS ? `Waiting ${silent}` : 'Connecting'];
	}
}

/** @param {Frame} frame */
export function drawLiveness(frame) {
	isLit = isLit !== (frame.beats !== heard);
	heard = frame.beats;
	const [shape, tone, words] = wordsOf(frame);
	const isHeld = frame.state === 'paused';
	setMark('liveness-mark', { shape, tone });
	setText('liveness-word', words);
	setAttr('liveness', 'aria-pressed', isHeld);
	setAttr('liveness', 'aria-disabled', !isHeld && !isRight(frame.state));
	setAttr('liveness', 'title', isHeld ? 'Resume' : isRight(frame.state) ? 'Pause' : null);
	setText('instance', frame.model?.metadata.instance);
}

/** @param {Frame} frame */
export function drawBanner({ model, state, age: ms, retryIn, now, fresh }) {
	const isShown = state === 'lost' && !fresh;
	if (isShown) {
		const wait = Math.ceil(retryIn / 1000);
		setText('lost-head', model ? 'No data from Bellwether' : 'Bellwether does not answer');
		setText('lost-long', ` for ${age(ms / 1000)}.`);
		setText('lost-text', model ? `Last message ${clock(now)}. Everything below is as it was`
			+ ' then.' : 'Nothing has arrived since this page was opened.');
		setText('lost-next', wait > 0 && isFinite(wait) ? `Next try in ${wait}\u202fs.`
			: 'Trying now.');
	}
	show('lost', isShown);
}

export function listenLiveness() {
	on('liveness', 'click', turnPause);
	on('try-now', 'click', tryNow);
	offerKey(['p'], 'pause, resume', turnPause);
}
