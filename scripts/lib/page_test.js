// Drives a headless Chromium for page_test.py: one JSON object a line comes in, one goes out.
// Pages are named; whatever they ask of another place than their own, and whatever goes wrong in them, is reported.
'use strict';

const readline = require('node:readline');
const path = require('node:path');

const modules = process.argv[2];
const {chromium} = require(path.join(modules, 'playwright-core'));
const axe = require(path.join(modules, 'axe-core')).source;

const SIZES = {wide: {width: 1280, height: 800}, phone: {width: 390, height: 844}};
const pages = new Map();
const complaints = [];

async function open(browser, {page: name, url}) {
  const context = await browser.newContext({viewport: SIZES.wide});
  const page = await context.newPage();
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`${name} asks for ${request.url()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`));
  page.on('console', (message) => {
    // A daemon that is gone refuses connections: the page says so itself.
    const expected = message.type() === 'warning' || message.text().includes('ERR_CONNECTION_REFUSED');
    if (['error', 'warning'].includes(message.type()) && !expected) complaints.push(`${name}: ${message.text()}`);
  });
  await page.goto(url);
  await page.evaluate(() => { window.notReloaded = true; });
  pages.set(name, page);
  return {};
}

async function until({page: name, selector, text, seconds}) {
  await pages.get(name).waitForFunction(
    ([wanted, words]) => [...document.querySelectorAll(wanted)].some(
      (each) => each.checkVisibility() && each.textContent.includes(words)),
    [selector, text], {timeout: seconds * 1000});
  return {reloaded: !(await pages.get(name).evaluate(() => window.notReloaded === true))};
}

async function read({page: name, selector}) {
  return {texts: await pages.get(name).locator(selector).evaluateAll(
    (all) => all.filter((each) => each.checkVisibility()).map((each) => each.textContent))};
}

/** What would be hard to read: text that is small, cut off, or wider than the screen. */
function illegible() {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth) {
    found.push(`the page is ${document.documentElement.scrollWidth} wide`);
  }
  for (const each of document.querySelectorAll('body *')) {
    const own = [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || !each.checkVisibility()) continue;
    const style = getComputedStyle(each);
    const box = each.getBoundingClientRect();
    const what = `"${each.textContent.trim().slice(0, 40)}"`;
    if (parseFloat(style.fontSize) < 12.5) found.push(`${what} is ${style.fontSize}`);
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`${what} is outside the screen`);
    if (style.display !== 'inline' && each.scrollWidth > each.clientWidth + 1) found.push(`${what} is cut off`);
  }
  return found;
}

/** A picture, an accessibility check and a look at its legibility, in each size, light and dark. */
async function inspect({page: name, shot}) {
  const page = pages.get(name);
  const found = [];
  let checks = 0;
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({colorScheme: scheme});
      await page.evaluate(axe);
      const result = await page.evaluate(() => window.axe.run(document, {resultTypes: ['violations']}));
      checks += result.passes.length;
      for (const violation of result.violations) {
        found.push(`${size}, ${scheme}: ${violation.id}: ${violation.nodes.map((node) => node.target).join(' ')}`);
      }
      for (const each of await page.evaluate(illegible)) found.push(`${size}, ${scheme}: ${each}`);
      await page.screenshot({path: `${shot}-${viewport.width}x${viewport.height}-${scheme}.png`, fullPage: size === 'phone'});
    }
  }
  await page.setViewportSize(SIZES.wide);
  await page.emulateMedia({colorScheme: 'light'});
  return {found, checks};
}

async function main() {
  const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
  const verbs = {
    open: (order) => open(browser, order), until, read, inspect,
    complaints: async () => ({found: complaints}),
  };
  for await (const line of readline.createInterface({input: process.stdin})) {
    const order = JSON.parse(line);
    let answer;
    try {
      answer = await verbs[order.verb](order);
    } catch (error) {
      answer = {error: error.message};
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await browser.close();
}

main();
