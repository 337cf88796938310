// Numbers and times as text, and how a change is laid into the model: modules without a page.
import assert from 'node:assert/strict';
import { age, count, mebibytes, ms, percent } from '../../web/view/format.js';

const N = '\u202f';
const ROWS = [
	[ms, 4.2, `4.2${N}ms`], [ms, 184.4, `184${N}ms`], [ms, 999.7, `1.00${N}s`],
	[ms, 1240, `1.24${N}s`], [ms, 60_000, `1${N}m`], [ms, 0, `0.0${N}ms`], [ms, null, '–'],
	[ms, NaN, '–'], [ms, '5', '–'],
	[(n) => percent(n, 2), 99.996, `99.99${N}%`], [(n) => percent(n, 2), 100, `100${N}%`],
	[percent, 99.7, `99${N}%`], [percent, 0, `0${N}%`], [percent, undefined, '–'],
	[count, 1204, '1,204'], [count, 18_400, `18.4${N}k`], [count, 1_200_000, `1.20${N}M`],
	[count, 0, '0'], [count, 10_000, `10${N}k`], [count, null, '–'],
	[mebibytes, 749, `749${N}MiB`], [mebibytes, 89_702, `87.6${N}GiB`],
	[mebibytes, 131_072, `128${N}GiB`],
	[age, 1, 'now'], [age, 44, `44${N}s`], [age, 1860, `31${N}m`],
	[age, 5760, `1${N}h 36${N}m`], [age, 7200, `2${N}h`], [age, 266_400, `3${N}d 2${N}h`],
	[age, NaN, '–'],
];

export const tests = [
	['numbers', async () => {
		for (const [format, value, wanted] of ROWS) {
			assert.equal(format(value), wanted, `${format.name} ${value}`);
		}
	}],
];
