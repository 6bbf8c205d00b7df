import { init, t as translate } from "i18next";

// The English text is the key: a translation is a table from it, and a text without one is shown as it is.
void init({
  lng: "en",
  resources: {},
  keySeparator: false,
  nsSeparator: false,
  returnEmptyString: false,
  interpolation: { escapeValue: false },
  showSupportNotice: false,
});

/** A text of the console in the language of the reader; `{{name}}` is filled from `values`. */
export function t(text: string, values: Record<string, unknown> = {}): string {
  return translate(text, values);
}
