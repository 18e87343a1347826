// Takes the pictures of docs/guide-wordpress.md from a site that `cargo xtask sites` has
// started: node pictures.mjs SITE FOLDER
// Needs a Chromium (CHROMIUM, else /usr/bin/chromium) and the npm package puppeteer-core.

import puppeteer from 'puppeteer-core';

const [site, folder] = process.argv.slice(2);
const browser = await puppeteer.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox'],
});
const page = await browser.newPage();
await page.setViewport({ width: 1100, height: 760 });

const open = (path) => page.goto(site + path, { waitUntil: 'networkidle0' });
const take = async (name, height) => {
	await page.setViewport({ width: 1100, height });
	await page.screenshot({ path: `${folder}/wordpress-${name}.png` });
};

await open('/wp-login.php');
await page.type('#user_login', 'admin');
await page.type('#user_pass', 'admin-password');
await Promise.all([page.waitForNavigation(), page.click('#wp-submit')]);

const settings = '/wp-admin/options-general.php?page=purser';
await open(settings);
await take('settings', 800);

await page.type('#purser-name', 'Drupal at the university');
await Promise.all([page.waitForNavigation({ waitUntil: 'networkidle0' }), page.click('button[value=token]')]);
await take('token', 420);

await open('/wp-admin/users.php');
await take('users', 560);

await open('/wp-admin/site-health.php');
await page.waitForFunction(() => !document.querySelector('.site-health-progress-wrapper.loading'), { timeout: 60000 });
// What is of interest is among what is well.
await page.click('.site-health-view-passed');
await page.evaluate(() => {
	const ours = [...document.querySelectorAll('.health-check-accordion-trigger')].filter((it) => /SCIM|Purser/.test(it.textContent));
	ours.forEach((it) => it.click());
	ours.at(-1)?.scrollIntoView({ block: 'center' });
});
await take('health', 560);
await browser.close();
