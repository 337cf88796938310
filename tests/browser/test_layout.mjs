// The page as a whole: where its panels stand at each width, that nothing moves once it is there,
// the wall without scrolling, large text, forced colours and paper.
import assert from 'node:assert/strict';
import { hold } from './gauge.mjs';
import { assertNoAxe, assertNoOverflow, openLive, waitText } from './look.mjs';

const LONG = `${'a-name-that-does-not-end-'.repeat(4)}yet`;

export const config = `
refresh_interval: 1s
region: { shared: false }
components:
${Array.from({ length: 40 }, (_, nth) => `  - name: ${nth === 7 ? LONG : `part-${nth}`}
    group: group-${nth % 3}
    every: 5s
    exec: { command: ["sh", "-c", "echo this one is not well at all; exit ${nth % 5 === 0 ? 2 : 0}"] }
`).join('')}
${Array.from({ length: 60 }, (_, nth) => `  - name: ${nth === 3 ? `${LONG}-too` : `peer-${nth}`}
    every: 1s
    http: { url: "http://127.0.0.1:9/" }
    breaker: { failure_threshold: 1, recovery_timeout: 600s }
`).join('')}
`;

const SHIFT_MAX = 0.02;
const PANELS = ['overview', 'alerts', 'history', 'components', 'breakers', 'metrics'];

/** @returns {Promise<Record<string, { x: number, y: number, width: number, height: number }>>} */
function places(page) {
	return page.evaluate((ids) => Object.fromEntries(ids.map((id) => {
		const { x, y, width, height } = document.getElementById(id).getBoundingClientRect();
		return [id, { x, y: y + scrollY, width, height }];
	})), PANELS);
}

async function opened(browser, url, options) {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	await openLive(page, url);
	await page.waitForSelector('#main.filled');
	return { page, close: () => context.close() };
}

/** Much is wrong, and each list says what it does not show. */
async function bounds({ page, url }) {
	await openLive(page, url);
	await waitText(page, '#breakers-note', /^60 open · 0 closed$/);
	await waitText(page, '#alerts-more', /^and \d+ more$/);
	await waitText(page, '#breakers-more', /^and 36 more breakers$/);
	const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
	assert.ok(nodes <= 1500, `${nodes} nodes`);
	await page.setViewportSize({ width: 390, height: 844 });
	await waitText(page, '#alerts-all', /^Show all 20$/);
	assert.equal(await page.locator('#alert-list li').count(), 5);
	await page.locator('#alerts-all').click();
	assert.equal(await page.locator('#alert-list li').count(), 20);
}

async function stands({ page, url }) {
	await openLive(page, url);
	await page.setViewportSize({ width: 1000, height: 800 });
	let at = await places(page);
	assert.deepEqual([...PANELS].sort((a, b) => at[a].y - at[b].y), PANELS, 'one column, in order');
	await page.setViewportSize({ width: 1440, height: 900 });
	at = await places(page);
	assert.equal(at.alerts.y, at.history.y);
	assert.equal(at.alerts.height, at.history.height);
	assert.equal(at.alerts.width, 464);
	assert.equal(at.breakers.x, at.alerts.x);
	assert.equal(at.breakers.y, at.components.y);
	assert.equal(at.metrics.width, at.overview.width);
	await page.setViewportSize({ width: 1920, height: 1080 });
	at = await places(page);
	assert.equal(new Set([at.history.x, at.alerts.x, at.breakers.x]).size, 3, 'three columns');
}

async function scales({ page, url }) {
	await openLive(page, url);
	const root = () => page.evaluate(() => getComputedStyle(document.documentElement).fontSize);
	for (const [width, size] of [[2499, '16px'], [2500, '21.28px'], [3699, '21.28px'], [3700, '32px']]) {
		await page.setViewportSize({ width, height: 1400 });
		assert.equal(await root(), size, `at ${width}`);
	}
}

async function fits({ page, url }) {
	await openLive(page, url);
	for (const width of [320, 360, 390, 640, 641, 799, 800, 960, 1080, 1081, 1280, 1281, 1440, 1799,
		1800, 1920, 2500, 3700, 3840]) {
		await page.setViewportSize({ width, height: 900 });
		await assertNoOverflow(page, `at ${width}`);
	}
}

/** Text spacing of WCAG 1.4.12, and the window of a page zoomed to 200 %. */
async function grows({ page, url }) {
	await openLive(page, url);
	await page.evaluate(() => {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important;'
			+ ' word-spacing: 0.16em !important; }');
		document.adoptedStyleSheets = [sheet];
	});
	for (const width of [320, 640, 720, 1440]) {
		await page.setViewportSize({ width, height: 700 });
		await assertNoOverflow(page, `with text spacing at ${width}`);
	}
}

async function holds({ browser, url }, windows) {
	for (const [width, height] of windows) {
		const context = await browser.newContext({ viewport: { width, height } });
		const page = await context.newPage();
		await page.addInitScript(() => {
			window.moved = [];
			new PerformanceObserver((list) => {
				for (const entry of list.getEntries()) {
					window.moved.push([entry.value, ...entry.sources.map(({ node, previousRect, currentRect }) =>
						`${node?.id || node?.className || node?.nodeName} ${previousRect.y}>${currentRect.y}`)]);
				}
			}).observe({ type: 'layout-shift', buffered: true });
		});
		await openLive(page, url);
		await page.waitForSelector('#main.filled');
		await waitText(page, '#liveness-word', /^Live$/);
		await page.waitForFunction(() => performance.now() > 2500);
		const moved = await page.evaluate(() => window.moved);
		const sum = moved.reduce((all, [value]) => all + value, 0);
		assert.ok(sum <= SHIFT_MAX, `${width}: ${JSON.stringify(moved)}`);
		hold(`layout shift at ${width}`, sum, SHIFT_MAX);
		await context.close();
	}
}

async function hangs({ browser, url }) {
	for (const viewport of [{ width: 1920, height: 1080 }, { width: 3840, height: 2160 }]) {
		const { page, close } = await opened(browser, `${url}/?wall=1`, { viewport });
		await page.waitForSelector(':root.wall');
		const at = await places(page);
		const what = `${viewport.width}: ${JSON.stringify(at)}`;
		assert.ok(Object.values(at).every(({ y, height }) => y + height <= viewport.height), what);
		assert.ok(at.components.height > viewport.height / 5, what);
		assert.equal(await page.evaluate(() => document.documentElement.scrollHeight), viewport.height);
		assert.equal(await page.locator('.bar nav, .bar .icon, #filter, #ranges, #show-incident')
			.filter({ visible: true }).count(), 0, 'no controls');
		await close();
	}
}

async function reaches({ browser, url }) {
	for (const [width, least] of [[1440, 24], [390, 24]]) {
		const { page, close } = await opened(browser, url, { viewport: { width, height: 900 } });
		const small = await page.evaluate((size) => [...document.querySelectorAll('button, nav a, input')]
			.filter((node) => node.checkVisibility())
			.map((node) => [node.id || node.textContent, node.getBoundingClientRect()])
			.filter(([, { width: wide, height }]) => wide < size || height < size)
			.map(([name, { width: wide, height }]) => `${name} ${wide}x${height}`), least);
		assert.deepEqual(small, [], `at ${width}`);
		await close();
	}
}

async function contrasts({ browser, url }, colorScheme) {
	const { page, close } = await opened(browser, url, { contrast: 'more', colorScheme });
	await assertNoAxe(page, colorScheme);
	await close();
}

async function forces({ browser, url }) {
	const { page, close } = await opened(browser, url, { forcedColors: 'active' });
	const [fill, track] = await page.evaluate(() => ['.bar-fill', '.track'].map((what) =>
		getComputedStyle(document.querySelector(`#resources ${what}`)).backgroundColor));
	assert.notEqual(fill, track);
	await close();
}

async function rests({ page, url }) {
	await openLive(page, url);
	assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
}

async function prints({ page, url }) {
	await page.emulateMedia({ colorScheme: 'dark' });
	await openLive(page, url);
	await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
	const panel = await page.evaluate(() =>
		getComputedStyle(document.querySelector('.panel')).backgroundColor);
	assert.equal(panel, 'rgb(255, 255, 255)');
	assert.equal(await page.locator('nav, #theme, #filter').filter({ visible: true }).count(), 0);
	for (const id of PANELS) {
		assert.ok(await page.locator(`#${id}`).isVisible(), id);
	}
	assert.deepEqual(await page.locator('#facets button').filter({ visible: true })
		.allTextContents(), ['All100'], 'how many components there are');
}

export const tests = [
	['long lists are bounded and say so', bounds],
	['the panels stand in one, two or three columns', stands],
	['large screens get large text', scales],
	['no width scrolls sideways', fits],
	['text spacing breaks nothing', grows],
	['nothing moves while a desk fills', (it) => holds(it, [[1440, 900], [1920, 1080]])],
	['nothing moves while one column fills', (it) => holds(it, [[900, 900], [390, 844]])],
	['nothing moves while a small window fills', (it) => holds(it, [[1100, 900]])],
	['the wall fits its screen without controls', hangs],
	['everything to press is large enough', reaches],
	['more contrast in light', (it) => contrasts(it, 'light')],
	['more contrast in dark', (it) => contrasts(it, 'dark')],
	['bars are seen in forced colours', forces],
	['nothing runs by itself', rests],
	['paper is white and whole', prints],
];
