import type { Page } from 'playwright-core';

/** WCAG 2 AA, for text that is not large. */
const LEAST = 4.5;

/** @returns what is hard to read: its contrast, and how it begins */
export function illegible(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const { document, getComputedStyle, NodeFilter } = globalThis as any;
    type Colour = readonly number[];
    const parse = (colour: string): Colour => {
      const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g)!.map(Number);
      return [red, green, blue, alpha];
    };
    const over = ([red, green, blue, alpha]: Colour, below: Colour): Colour =>
      [red, green, blue].map((part, index) => part * alpha + below[index] * (1 - alpha)).concat(1);
    const luminance = (colour: Colour): number => {
      const [red, green, blue] = colour
        .map((part) => part / 255)
        .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const backgroundOf = (element: any): Colour => {
      const background = parse(getComputedStyle(element).backgroundColor);
      if (background[3] === 1) return background;
      return over(background, element.parentElement ? backgroundOf(element.parentElement) : [255, 255, 255, 1]);
    };
    const found = new Set<string>();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const element = text.parentElement;
      if (!text.textContent.trim() || !element.checkVisibility({ opacityProperty: true })) continue;
      if (element.closest('[aria-hidden=true], :disabled')) continue;
      const background = backgroundOf(element);
      const [dark, light] = [background, over(parse(getComputedStyle(element).color), background)]
        .map(luminance)
        .toSorted((a, b) => a - b);
      const contrast = (light + 0.05) / (dark + 0.05);
      if (contrast < least) found.add(`${contrast.toFixed(2)} ${text.textContent.trim().slice(0, 30)}`);
    }
    return [...found];
  }, LEAST);
}
