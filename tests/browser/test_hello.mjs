// The page is there at all: it loads, says whose it is, and asks nobody else for anything.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { Skip } from './skip.mjs';

const web = new URL('../../web', import.meta.url);

export const tests = [
	['the page loads and names itself', async ({ page, url }) => {
		if (!existsSync(web) || readdirSync(web).length === 0) {
			throw new Skip('there is no web/ yet');
		}
		const answer = await page.goto(url, { waitUntil: 'domcontentloaded' });
		assert.equal(answer.status(), 200);
		assert.match(await page.title(), /bellwether/i);
	}],
];
