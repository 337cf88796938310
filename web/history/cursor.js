// The hand on the history: pointer, fingers and keys move the cursor, select a stretch or zoom.

const DRAG_PX = 5;
const STEPS = 288;

/**
 * What the hand asks of the history.
 * @typedef {object} Hand
 * @property {import('./recorder.js').Recorder} recorder
 * @property {import('./span.js').Span} span
 * @property {() => number} now
 * @property {() => number} interval milliseconds between samples
 * @property {(at: number, selected?: number) => void} seek
 */

export class Cursor {
	/** @param {HTMLCanvasElement} canvas @param {Hand} hand */
	constructor(canvas, hand) {
		this.canvas = canvas;
		this.hand = hand;
		this.pressed = NaN;
		this.dragged = false;
		/** @type {Map<number, { x: number, at: number }>} */
		this.fingers = new Map();
		canvas.addEventListener('pointerdown', (event) => this.press(event));
		canvas.addEventListener('pointermove', (event) => this.move(event));
		canvas.addEventListener('pointerup', (event) => this.lift(event));
		canvas.addEventListener('pointercancel', (event) => this.drop(event.pointerId));
		canvas.addEventListener('pointerleave', ({ pointerType }) => {
			if (pointerType !== 'touch' && !this.dragged) {
				hand.seek(NaN);
			}
		});
		canvas.addEventListener('blur', ({ relatedTarget }) => {
			if (!(relatedTarget instanceof Element && relatedTarget.closest('#history'))) {
				hand.seek(NaN);
			}
		});
		canvas.addEventListener('dblclick', () => hand.span.follow(86_400_000));
		canvas.addEventListener('keydown', (event) => this.key(event));
	}

	/** @param {number} id */
	drop(id) {
		this.fingers.delete(id);
		[this.pressed, this.dragged] = [NaN, false];
	}

	/** @param {PointerEvent} event */
	press(event) {
		if (!this.hand.recorder.scene || event.button !== 0) {
			return;
		}
		const at = this.hand.recorder.timeAt(event.offsetX);
		if (event.pointerType === 'touch') {
			this.fingers.set(event.pointerId, { x: event.offsetX, at });
			this.hand.seek(at);
		} else {
			this.canvas.setPointerCapture(event.pointerId);
			this.pressed = event.offsetX;
		}
	}

	/** @param {PointerEvent} event */
	move(event) {
		const { recorder, seek } = this.hand;
		if (!recorder.scene) {
			return;
		}
		const finger = this.fingers.get(event.pointerId);
		if (finger && this.fingers.size === 2) {
			finger.x = event.offsetX;
			this.pinch();
			return;
		}
		this.dragged ||= Math.abs(event.offsetX - this.pressed) >= DRAG_PX;
		seek(recorder.timeAt(event.offsetX), this.dragged ? recorder.timeAt(this.pressed) : NaN);
	}

	/** The times under both fingers stay under them. */
	pinch() {
		const { recorder, span, now, seek } = this.hand;
		const [left, right] = [...this.fingers.values()].sort((a, b) => a.x - b.x);
		const scale = (right.at - left.at) / Math.max(20, right.x - left.x);
		const from = left.at - left.x * scale;
		seek(NaN);
		if (scale > 0) {
			span.set(from, from + recorder.plotWidth() * scale, now());
		}
	}

	/** @param {PointerEvent} event */
	lift(event) {
		const { recorder, span, now, seek } = this.hand;
		if (this.dragged && recorder.scene) {
			const ends = [this.pressed, event.offsetX].map((x) => recorder.timeAt(x));
			seek(NaN);
			span.set(Math.min(...ends), Math.max(...ends), now());
		}
		this.drop(event.pointerId);
	}

	/** @param {KeyboardEvent} event */
	key(event) {
		const { recorder, span, now, interval, seek } = this.hand;
		if (event.ctrlKey || event.metaKey || event.altKey || !recorder.scene) {
			return;
		}
		const [from, to] = span.window(now());
		const step = Math.max(interval(), (to - from) / STEPS) * (event.shiftKey ? 12 : 1);
		const at = Number.isFinite(recorder.cursor) ? recorder.cursor : to;
		const next = /** @type {Record<string, number>} */ ({ ArrowLeft: at - step,
			ArrowRight: at + step, Home: from, End: to, Escape: NaN })[event.key];
		if (next !== undefined && !(event.key === 'Escape' && Number.isNaN(recorder.cursor))) {
			event.preventDefault();
			event.stopPropagation();
			this.drop(-1);
			seek(Math.min(to, Math.max(from, next)));
		}
	}
}
