// The history as the public interface sends it, objects by the point, made into columns.
import { parseTime } from '../view/format.js';
import { FIELDS } from './columns.js';

/** @param {any} point @returns {[number, unknown[]]} its time and its values */
export function fromPoint(point) {
	return [parseTime(point?.timestamp), FIELDS.map((field) => point?.[field])];
}

/** @param {any} answer of /api/v1/history @returns {any} the same as columns */
export function fromPoints(answer) {
	if (!Array.isArray(answer?.data)) {
		return answer;
	}
	const from = parseTime(answer.from);
	const points = answer.data.map(fromPoint);
	return { from, to: parseTime(answer.to), found: answer.found,
		at_s: points.map((/** @type {any} */ [at]) => (at - from) / 1000),
		values: Object.fromEntries(FIELDS.map((field, nth) =>
			[field, points.map((/** @type {any} */ point) => point[1][nth])])) };
}
