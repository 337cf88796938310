// Where the time axis has its marks: at whole hours of the wall clock, also when that is put on or
// back. Pure.

const MINUTE = 60_000;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080];

/** @param {number} least milliseconds @returns {number} the next round step that is not shorter */
export function stepFor(least) {
	return (STEPS.find((minutes) => minutes * MINUTE >= least) ?? 43_200) * MINUTE;
}

/**
 * No zone is off by anything but a multiple of five minutes, so those are asked one by one.
 * @param {number} from
 * @param {number} to
 * @param {number} step as stepFor() gives it
 * @param {(at: number) => number} offsetAt milliseconds to add to UTC for the wall clock
 * @returns {number[]}
 */
export function ticks(from, to, step, offsetAt) {
	const unit = Math.min(step, 5 * MINUTE);
	const found = [];
	for (let at = Math.ceil(from / unit) * unit; at <= to; at += unit) {
		if ((at + offsetAt(at)) % step === 0) {
			found.push(at);
		}
	}
	return found;
}
