// Where the time axis has its marks: at whole hours, days, Mondays or months of the wall clock, also
// when that is put on or back. Pure.

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** A Monday. */
const FIRST = 4 * DAY;
/** Minutes; 30 days stand for a month. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 4320, 10_080, 20_160, 43_200, 86_400,
	129_600, 518_400];

/** @param {number} least milliseconds @returns {number} the next round step that is not shorter */
export function stepFor(least) {
	return (STEPS.find((minutes) => minutes * MINUTE >= least) ?? 518_400) * MINUTE;
}

/** @param {number} wall the wall clock as milliseconds @param {number} months
 * @returns {boolean} is it the first moment of a month that has a mark? */
function isMonth(wall, months) {
	const date = wall % DAY === 0 ? new Date(wall) : null;
	return date?.getUTCDate() === 1 && date.getUTCMonth() % months === 0;
}

/**
 * No zone is off by anything but a multiple of five minutes (of whole quarters, these days), so those
 * are asked one by one.
 * @param {number} from
 * @param {number} to
 * @param {number} step as stepFor() gives it
 * @param {(at: number) => number} offsetAt milliseconds to add to UTC for the wall clock
 * @returns {number[]}
 */
export function ticks(from, to, step, offsetAt) {
	const months = Math.floor(step / (30 * DAY));
	const unit = Math.min(step, (step < DAY ? 5 : 15) * MINUTE);
	const found = [];
	for (let at = Math.ceil(from / unit) * unit; at <= to; at += unit) {
		const wall = at + offsetAt(at);
		if (months ? isMonth(wall, months) : (wall - FIRST) % step === 0) {
			found.push(at);
		}
	}
	return found;
}
