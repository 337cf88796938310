// axe finds nothing in any state of the page, in either theme, on a desk or a phone.
import { assertNoAxe, assertNoOverflow } from './look.mjs';
import { Answers, show } from './views.mjs';

const STATES = [['live', 'ill', {}], ['healthy', 'well', {}], ['empty', 'empty', {}],
	['lost', 'ill', { lost: true }]];
const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const NARROW = { width: 320, height: 640 };

export const config = 'components: []\n';

async function readable({ browser, url }, name, scene, view) {
	for (const theme of ['dark', 'light']) {
		for (const size of SIZES) {
			await show(browser, url, new Answers(scene), { ...view, theme, size }, async (page) => {
				await page.clock.resume();
				await assertNoAxe(page, `${name}, ${theme}, ${size.width}`);
				await page.setViewportSize(NARROW);
				await assertNoOverflow(page, `${name} at ${NARROW.width}`);
			});
		}
	}
}

export const tests = STATES.map(([name, scene, view]) =>
	[name, (test) => readable(test, name, scene, view)]);
