// What was painted last, so that a panel whose own state changed can be drawn again between two paints.

/** @type {import('../app.js').Frame | null} */
export let latest = null;

/** @param {import('../app.js').Frame} frame */
export function painted(frame) {
	latest = frame;
}

/** @param {(frame: import('../app.js').Frame) => void} draw */
export function redraw(draw) {
	if (latest && !document.hidden) {
		draw(latest);
	}
}
