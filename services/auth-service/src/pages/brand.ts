import { z } from 'zod';

/** Whose the hosted pages are. */
export interface Brand {
  name: string;
  /** In the logo. */
  letter: string;
  /** As `#1f5f4a`. */
  accent: string;
}

/** WCAG 2.2 §1.4.3: the text on a button is white. */
const MIN_CONTRAST = 4.5;

export const brandEnv = {
  BRAND_NAME: z
    .string()
    .trim()
    .min(1)
    .max(40, 'must have at most 40 characters')
    .default('Latchkey'),
  BRAND_LETTER: z
    .string()
    .refine((text) => [...text].length === 1, 'must be one character')
    .optional(),
  BRAND_ACCENT: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'must be a color like #1f5f4a')
    .refine(
      (color) => contrastToWhite(color) >= MIN_CONTRAST,
      `must be darker: white text on it needs a contrast of ${MIN_CONTRAST}`,
    )
    .default('#1f5f4a'),
};

type BrandValues = z.infer<z.ZodObject<typeof brandEnv>>;

export const toBrand = (values: BrandValues): Brand => ({
  name: values.BRAND_NAME,
  letter: values.BRAND_LETTER ?? ([...values.BRAND_NAME][0] as string).toUpperCase(),
  accent: values.BRAND_ACCENT,
});

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrastToWhite(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}
