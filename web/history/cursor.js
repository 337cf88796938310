// The hand on the history: pointer, fingers and keys move the cursor, select a stretch or zoom.

import { hasModifier } from '../shell/keys.js';
import { byId, on } from '../view/dom.js';
import { clamp } from '../view/format.js';
import * as recorder from './recorder.js';
import { follow, windowAt, zoomTo } from './span.js';

const DRAG_PX = 5;
const STEPS = 288;

/**
 * What the hand asks of the history.
 * @typedef {object} Hand
 * @property {() => number} now
 * @property {() => number} interval milliseconds between samples
 * @property {(at: number, selected?: number) => void} seek
 */

const canvas = /** @type {HTMLCanvasElement} */ (byId('recorder'));
/** @type {Hand} */
let hand;
let pressed = NaN;
let dragged = false;
/** @type {Map<number, { x: number, at: number }>} */
const fingers = new Map();

/** @param {number} id */
function drop(id) {
	fingers.delete(id);
	[pressed, dragged] = [NaN, false];
}

/** @param {PointerEvent} event */
function press(event) {
	if (!recorder.scene || event.button !== 0) {
		return;
	}
	const at = recorder.timeAt(event.offsetX);
	if (event.pointerType === 'touch') {
		fingers.set(event.pointerId, { x: event.offsetX, at });
		hand.seek(at);
	} else {
		canvas.setPointerCapture(event.pointerId);
		pressed = event.offsetX;
	}
}

/** @param {PointerEvent} event */
function move(event) {
	if (!recorder.scene) {
		return;
	}
	const finger = fingers.get(event.pointerId);
	if (finger && fingers.size === 2) {
		finger.x = event.offsetX;
		pinch();
		return;
	}
	dragged ||= Math.abs(event.offsetX - pressed) >= DRAG_PX;
	hand.seek(recorder.timeAt(event.offsetX), dragged ? recorder.timeAt(pressed) : NaN);
}

/** The times under both fingers stay under them. */
function pinch() {
	const [left, right] = [...fingers.values()].sort((a, b) => a.x - b.x);
	const scale = (right.at - left.at) / Math.max(20, right.x - left.x);
	const from = left.at - left.x * scale;
	hand.seek(NaN);
	if (scale > 0) {
		zoomTo(from, from + recorder.plotWidth() * scale, hand.now());
	}
}

/** @param {PointerEvent} event */
function lift(event) {
	if (dragged && recorder.scene) {
		const ends = [pressed, event.offsetX].map((x) => recorder.timeAt(x));
		hand.seek(NaN);
		zoomTo(Math.min(...ends), Math.max(...ends), hand.now());
	}
	drop(event.pointerId);
}

/** @param {KeyboardEvent} event */
function key(event) {
	if (hasModifier(event) || !recorder.scene) {
		return;
	}
	const [from, to] = windowAt(hand.now());
	const step = Math.max(hand.interval(), (to - from) / STEPS) * (event.shiftKey ? 12 : 1);
	const at = isFinite(recorder.cursor) ? recorder.cursor : to;
	const next = /** @type {Record<string, number>} */ ({ ArrowLeft: at - step,
		ArrowRight: at + step, Home: from, End: to, Escape: NaN })[event.key];
	if (next !== undefined && !(event.key === 'Escape' && Number.isNaN(recorder.cursor))) {
		event.preventDefault();
		event.stopPropagation();
		drop(-1);
		hand.seek(clamp(next, from, to));
	}
}

/** @param {Hand} of */
export function listenCursor(of) {
	hand = of;
	on(canvas, 'pointerdown', press);
	on(canvas, 'pointermove', move);
	on(canvas, 'pointerup', lift);
	on(canvas, 'pointercancel', (event) => drop(event.pointerId));
	on(canvas, 'pointerleave', ({ pointerType }) => {
		if (pointerType !== 'touch' && !dragged) {
			hand.seek(NaN);
		}
	});
	on(canvas, 'blur', ({ relatedTarget }) => {
		if (!(relatedTarget instanceof Element && relatedTarget.closest('#history'))) {
			hand.seek(NaN);
		}
	});
	on(canvas, 'dblclick', () => follow());
	on(canvas, 'keydown', key);
}
