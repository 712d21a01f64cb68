/** Letters of any script, digits and a few signs: no slash, which divides destinations; nothing that is not seen. */
const USER_ID = /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,31}$/u;

/** Of the same script as all others: digits, signs, marks. */
const SHARED = String.raw`\p{Script=Common}\p{Script=Inherited}`;
/** Scripts whose letters look alike do not meet in one id. */
const SCRIPTS = [
  new RegExp(
    String.raw`^[${SHARED}\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]*$`,
    'u',
  ),
  new RegExp(String.raw`^[${SHARED}\p{Script=Cyrillic}]*$`, 'u'),
  new RegExp(String.raw`^[${SHARED}\p{Script=Greek}]*$`, 'u'),
  /^[^\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]*$/u,
];

/** Cyrillic and Greek letters, and Latin ones of phonetics, beside those they are taken for. */
const LOOK_ALIKES = new Map(
  [
    ['аеорсухіјѕһԁԛԝѵӏкАВЕЗКМНОРСТУХІЈЅԀԚԜѴӀ', 'aeopcyxijshdqwvlkABE3KMHOPCTYXIJSDQWVI'],
    ['οανρικυγχΑΒΕΖΗΙΚΜΝΟΡΤΥΧͿ', 'oavpikuyxABEZHIKMNOPTYXJ'],
    ['ɑɡɩɪıȷ', 'agiiij'],
  ].flatMap(([from, to]) => Array.from(from!, (letter, index) => [letter, to![index]!] as const)),
);

/** How ids are written: in letters of scripts that may meet, and in the usual form of each. */
export function isUserId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    USER_ID.test(value) &&
    value === value.normalize('NFKC') &&
    SCRIPTS.some((script) => script.test(value))
  );
}

/** What must be nobody else's: two ids that differ only by case, or are taken for one another, have a key in common. */
export function userKeys(userId: string): string[] {
  const letters = Array.from(userId.normalize('NFKD'));
  const seen = letters.map((letter) => LOOK_ALIKES.get(letter) ?? letter).join('');
  return [...new Set([userId, seen].map(folded))];
}

/** Without case: by way of upper case, in which ß is SS, and ı and i are one. */
function folded(text: string): string {
  const lower = text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase();
  return lower.replaceAll('i\u0307', 'i').normalize('NFKC');
}
