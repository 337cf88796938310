// How far the page can be believed: the word in the bar, which is also the button that holds the page
// still, and the banner of a page that is lost.
import { byId, setAttr, setClass, setSymbol, setText, show } from '../view/dom.js';
import { age, clock } from '../view/format.js';
import { offerKey } from './keys.js';

const PATIENCE_MS = 3000;
const LONG_PAUSE_MS = 600_000;

/** @typedef {import('../app.js').Frame} Frame */

/** @param {Frame} frame @returns {[string, string, string]} shape, tone, words */
function wordsOf({ state, model, age: ms, beats }) {
	const silent = age(ms / 1000);
	switch (state) {
	case 'live':
		return ['dot', beats % 2 ? 'ok' : 'ok beat', 'Live'];
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
	const [shape, tone, words] = wordsOf(frame);
	const isHeld = frame.state === 'paused';
	const isRight = frame.state === 'live' || frame.state === 'late';
	setSymbol(byId('liveness-mark'), shape);
	setClass(byId('liveness-mark'), `mark ${tone}`);
	setText(byId('liveness-word'), words);
	setAttr(byId('liveness'), 'aria-pressed', String(isHeld));
	setAttr(byId('liveness'), 'aria-disabled', String(!isHeld && !isRight));
	setAttr(byId('liveness'), 'title', isHeld ? 'Resume' : isRight ? 'Pause' : null);
	setText(byId('instance'), String(frame.model?.metadata.instance ?? ''));
}

/** @param {Frame} frame */
export function drawBanner({ model, state, age: ms, retryIn, now, fresh }) {
	const isShown = state === 'lost' && !fresh;
	if (isShown) {
		const wait = Math.ceil(retryIn / 1000);
		setText(byId('lost-head'), model ? 'No data from Bellwether' : 'Bellwether does not answer');
		setText(byId('lost-long'), ` for ${age(ms / 1000)}.`);
		setText(byId('lost-text'), model ? `Last message ${clock(now)}. Everything below is as it was`
			+ ' then.' : 'Nothing has arrived since this page was opened.');
		setText(byId('lost-next'), wait > 0 && Number.isFinite(wait) ? `Next try in ${wait}\u202fs.`
			: 'Trying now.');
	}
	show(byId('lost'), isShown);
}

/**
 * @typedef {object} Holdable
 * @property {boolean} paused
 * @property {(paused: boolean) => void} pause
 * @property {() => void} tryNow
 * @param {Holdable} live
 */
export function listenLiveness(live) {
	const turn = () => live.pause(!live.paused);
	byId('liveness').addEventListener('click', turn);
	byId('try-now').addEventListener('click', () => live.tryNow());
	offerKey(['p'], 'pause, resume', turn);
}
